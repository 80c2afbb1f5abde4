"""The states of a key in words, and what comes next for a key in each state."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_jwtkit.admin.badges import badge
from django_jwtkit.admin.dates import span
from django_jwtkit.keys import State
from django_jwtkit.keys.planning import Phase


class Row(Protocol):
    """What the words and the timeline need of a key: its dates, and the state that follows from them."""

    @property
    def kid(self) -> str: ...
    @property
    def ring_id(self) -> str: ...
    @property
    def alg(self) -> str: ...
    @property
    def published_at(self) -> datetime: ...
    @property
    def sign_from(self) -> datetime | None: ...
    @property
    def sign_until(self) -> datetime | None: ...
    @property
    def verify_until(self) -> datetime | None: ...
    @property
    def revoked_at(self) -> datetime | None: ...
    @property
    def reason(self) -> str: ...
    def state(self, now: datetime, /) -> State: ...
    def phases(self) -> Iterator[Phase]: ...


class _Words(NamedTuple):
    name: Promise
    outlook: Callable[[Row, datetime], str]


def _standby(row: Row, now: datetime) -> str:
    return _("signs in %(time)s") % {"time": span((row.sign_from or now) - now)}


def _active(row: Row, now: datetime) -> str:
    if row.sign_until is None:
        return _("signs until another takes over")
    return _("signs for another %(time)s") % {"time": span(row.sign_until - now)}


def _trusted(row: Row, now: datetime) -> str:
    if row.verify_until is None:
        return _("verifies")
    return _("verifies for another %(time)s") % {"time": span(row.verify_until - now)}


def _expired(row: Row, now: datetime) -> str:
    return _("ended %(time)s ago") % {"time": span(now - (row.verify_until or now))}


def _revoked(row: Row, now: datetime) -> str:
    return _("revoked %(time)s ago") % {"time": span(now - (row.revoked_at or now))}


STATES: Final[Mapping[State, _Words]] = {
    State.STANDBY: _Words(gettext_lazy("Standby"), _standby),
    State.ACTIVE: _Words(gettext_lazy("Active"), _active),
    State.RETIRED: _Words(gettext_lazy("Retired"), _trusted),
    State.VERIFY_ONLY: _Words(gettext_lazy("Verify only"), _trusted),
    State.EXPIRED: _Words(gettext_lazy("Expired"), _expired),
    State.REVOKED: _Words(gettext_lazy("Revoked"), _revoked),
}


def outlook(row: Row, now: datetime) -> str:
    """Return what comes next for this key: "signs for another 41 days"."""
    return STATES[row.state(now)].outlook(row, now)


def state_badge(state: State) -> SafeString:
    return badge(state, STATES[state].name)
