"""Dates and states in words for people: no page relies on colour."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from django_jwtkit.keys import State
from django_jwtkit.keys.planning import Phase
from django_jwtkit.moments import aware

NOTHING: Final = "–"
SHORT: Final = 12
NEAR: Final = timedelta(days=2)


class Row(Protocol):
    """What the words and the picture need to know of a key: its dates, and the state they make."""

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
    return _("signs for %(time)s more") % {"time": span(row.sign_until - now)}


def _trusted(row: Row, now: datetime) -> str:
    if row.verify_until is None:
        return _("verifies")
    return _("verifies for %(time)s more") % {"time": span(row.verify_until - now)}


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

# A unit is used from two of it upwards: "41 days", but "36 hours".
UNITS: Final = (
    (timedelta(days=1), ngettext_lazy("%d day", "%d days")),
    (timedelta(hours=1), ngettext_lazy("%d hour", "%d hours")),
    (timedelta(minutes=1), ngettext_lazy("%d minute", "%d minutes")),
)


def span(length: timedelta) -> str:
    """`length` in its largest fitting unit, rounded down; what is shorter than a minute is said to be so."""
    for unit, words in UNITS:
        if length >= 2 * unit or (length >= unit and unit is UNITS[-1][0]):
            count = length // unit
            return str(words % count)
    return _("less than a minute")


def outlook(row: Row, now: datetime) -> str:
    """What comes next for this key: "signs for 41 days more"."""
    return STATES[row.state(now)].outlook(row, now)


def badge(css: str, words: object) -> SafeString:
    """A coloured label. The words carry the meaning; the colour only helps the eye."""
    return format_html('<span class="jwtkit-badge jwtkit-{}">{}</span>', css.lower(), words)


def state_badge(state: State) -> SafeString:
    return badge(state, STATES[state].name)


def short(kid: str) -> SafeString:
    """The beginning of a kid, the whole of it at a glance of the mouse."""
    return format_html('<code title="{}">{}</code>', kid, kid if len(kid) <= SHORT else kid[:SHORT] + "…")


def date(moment: datetime | None, now: datetime) -> str:
    """A date for a cell, with the time of day when it is near, exact when pointed at. None is a dash."""
    if moment is None:
        return NOTHING
    local = timezone.localtime(aware(moment))
    words = _("in %(time)s") if local > now else _("%(time)s ago")
    exact = f"{local:%Y-%m-%d %H:%M:%S %Z} ({words % {'time': span(abs(local - now))}})"
    shown = date_format(local, "j M Y" if abs(local - now) > NEAR else "j M, H:i")
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), exact, shown)
