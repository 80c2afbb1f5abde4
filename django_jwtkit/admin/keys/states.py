"""The states of a key in words, with its fault as a part of the state, and what comes next for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_jwtkit.admin.badges import badge, shorten
from django_jwtkit.admin.dates import date, span
from django_jwtkit.admin.sentences import sentence
from django_jwtkit.conf import conf
from django_jwtkit.health import Standing
from django_jwtkit.keys import State
from django_jwtkit.keys.planning import TRUSTED, Life, Planned, is_for_encryption
from django_jwtkit.keys.snapshots import name_inability


@dataclass(frozen=True, slots=True)
class Row:
    """A stored or planned key as lists and pictures show it, its `fault` in the reader's language.

    `life` has the turn that the key really has. `is_tampered` and `is_denied`: nothing follows from its
    dates. `stands_in`: it signs before its turn, in the place of the key `instead_of`, if that is known.
    `turn` is how long keys of its ring sign, by the settings. `address` is that of its page, if it has one.
    """

    kid: str
    ring: str
    algorithm: str
    life: Life
    fault: str = ""
    address: str = ""
    is_tampered: bool = False
    is_denied: bool = False
    verifies: bool = True
    stands_in: bool = False
    instead_of: str = ""
    turn: timedelta = timedelta(0)

    @classmethod
    def stored(cls, each: Standing, now: datetime, address: str = "") -> "Row":
        """Return a stored key as it is at `now`."""
        return replace(
            cls.planned(each.acting(now), each.row.ring_id, now),
            address=address,
            verifies=each.verifies,
            stands_in=each.is_standing_in(now),
            instead_of=each.instead_of,
        )

    @classmethod
    def planned(cls, key: Planned, ring: str, now: datetime) -> "Row":
        """Return a key of a plan. A key that is no longer trusted needs no repair."""
        is_trusted = key.tampered or key.state(now) in TRUSTED
        fault = sentence(key.fault) if is_trusted and key.revoked_at is None else ""
        return cls(
            kid=key.kid,
            ring=ring,
            algorithm=key.algorithm,
            life=key,
            fault=fault,
            is_tampered=bool(fault) and key.tampered,
            is_denied=bool(fault) and key.denied,
            turn=settings.rotate_every if (settings := conf().rings.get(ring)) else timedelta(0),
        )

    @property
    def is_for_encryption(self) -> bool:
        return is_for_encryption(self.algorithm)

    @property
    def verbs(self) -> "_Verbs":
        return ENCRYPTING if self.is_for_encryption else SIGNING

    @property
    def is_refused(self) -> bool:
        """Whether nothing follows from its dates: its tokens are refused."""
        return self.is_tampered or self.is_denied

    def state(self, now: datetime) -> State:
        return self.life.state(now)


class _Verbs(NamedTuple):
    """What a key does in each state of its life: it signs and verifies, or it encrypts and decrypts."""

    later: Promise
    instead: Promise
    early: Promise
    open: Promise
    now: Promise
    trusted: Promise
    ending: Promise


SIGNING: Final = _Verbs(
    gettext_lazy("signs in %(time)s"),
    gettext_lazy("signs now, in the place of %(key)s"),
    gettext_lazy("signs now, before its turn"),
    gettext_lazy("signs until another takes over"),
    gettext_lazy("signs for another %(time)s"),
    gettext_lazy("verifies"),
    gettext_lazy("verifies for another %(time)s"),
)
ENCRYPTING: Final = _Verbs(
    gettext_lazy("encrypts in %(time)s"),
    gettext_lazy("encrypts now, in the place of %(key)s"),
    gettext_lazy("encrypts now, before its turn"),
    gettext_lazy("encrypts until another takes over"),
    gettext_lazy("encrypts for another %(time)s"),
    gettext_lazy("decrypts"),
    gettext_lazy("decrypts for another %(time)s"),
)


class _Words(NamedTuple):
    name: Promise
    meaning: Promise
    outlook: Callable[[Row, datetime], str]


def _standby(row: Row, now: datetime) -> str:
    return str(row.verbs.later) % {"time": span((row.life.sign_from or now) - now)}


def _active(row: Row, now: datetime) -> str:
    end = row.life.sign_until
    if row.stands_in:
        return _in_place_of_another(row)
    return str(row.verbs.open) if end is None else str(row.verbs.now) % {"time": span(end - now)}


def _in_place_of_another(row: Row) -> str:
    if row.instead_of:
        words = row.verbs.instead
        return str(words) % {"key": shorten(row.instead_of)}
    return str(row.verbs.early)


def _trusted(row: Row, now: datetime) -> str:
    end = row.life.verify_until
    return str(row.verbs.trusted) if end is None else str(row.verbs.ending) % {"time": span(end - now)}


def _expired(row: Row, now: datetime) -> str:
    return _("ended %(time)s ago") % {"time": span(now - (row.life.verify_until or now))}


def _revoked(row: Row, now: datetime) -> str:
    return _("revoked %(time)s ago") % {"time": span(now - (row.life.revoked_at or now))}


STATES: Final[Mapping[State, _Words]] = {
    State.STANDBY: _Words(
        gettext_lazy("Standby"), gettext_lazy("published, and used when its turn comes"), _standby
    ),
    State.ACTIVE: _Words(gettext_lazy("Active"), gettext_lazy("used for new tokens"), _active),
    State.RETIRED: _Words(
        gettext_lazy("Retired"), gettext_lazy("no new tokens; its tokens are still accepted"), _trusted
    ),
    State.VERIFY_ONLY: _Words(
        gettext_lazy("Verify only"), gettext_lazy("no new tokens here; its tokens are accepted"), _trusted
    ),
    State.EXPIRED: _Words(gettext_lazy("Expired"), gettext_lazy("all its tokens have expired"), _expired),
    State.REVOKED: _Words(gettext_lazy("Revoked"), gettext_lazy("its tokens are refused"), _revoked),
}


OVERDUE: Final = gettext_lazy("rotate_keys is overdue")
OVERDUE_MEANS: Final = gettext_lazy(
    "Tokens are issued and accepted, but no key is made, replaced or destroyed."
)
"""A fault of the job is none of a key, so it stands beside the state of the key that signs."""


def outlook(row: Row, now: datetime) -> str:
    """Return what comes next for this key: "signs for another 41 days"; nothing where a fault prevents it."""
    return "" if row.fault else STATES[row.state(now)].outlook(row, now)


def state_words(row: Row, now: datetime) -> str:
    """Return the state with its fault: "Active – cannot sign"."""
    if row.is_tampered:
        return _("Not trusted")
    name = str(STATES[row.state(now)].name)
    inability_words = _("denied") if row.is_denied else _(inability(row, now))
    return f"{name} – {inability_words}" if row.fault else name


def refusal(row: Row) -> str:
    """Return why no date may be promised until which its tokens are accepted; empty where one may."""
    if row.is_refused:
        return _("not trusted")
    return _("not while its fault lasts") if row.fault and not row.verifies else ""


def trusted_until(row: Row, now: datetime) -> str:
    """Return until when tokens of this key are accepted."""
    return refusal(row) or date(row.life.trusted_until, now)


def inability(row: Row, now: datetime) -> str:
    """Return what a key with a fault cannot do, in English."""
    return name_inability(row.state(now), "enc" if row.is_for_encryption else "sig")


def state_css(row: Row, now: datetime) -> str:
    """Return the class of the state's colour: a fault has its own."""
    return "fault" if row.fault else row.state(now).lower()


def state_badge(row: Row, now: datetime) -> SafeString:
    return badge(state_css(row, now), state_words(row, now))
