"""The states of a key in words, with its fault as a part of the state, and what comes next for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_jwtkit.admin.badges import badge
from django_jwtkit.admin.dates import span
from django_jwtkit.admin.sentences import sentence
from django_jwtkit.keys import State, StoredKey
from django_jwtkit.keys.planning import TRUSTED, Life, Planned, is_for_encryption
from django_jwtkit.keys.snapshots import name_inability


@dataclass(frozen=True, slots=True)
class Row:
    """A stored or planned key as lists and pictures show it, its `fault` in the reader's language.

    `address` is that of its page, if it has one.
    """

    kid: str
    ring: str
    algorithm: str
    life: Life
    fault: str = ""
    address: str = ""

    @classmethod
    def stored(cls, key: StoredKey, fault: str = "", address: str = "") -> "Row":
        return cls(key.kid, key.ring_id, key.alg, key.life, sentence(fault), address)

    @classmethod
    def planned(cls, key: Planned, ring: str, now: datetime) -> "Row":
        """Return a key of a plan. A key that is no longer trusted needs no repair."""
        fault = sentence(key.fault) if key.state(now) in TRUSTED else ""
        return cls(key.kid, ring, key.algorithm, key, fault)

    @property
    def is_for_encryption(self) -> bool:
        return is_for_encryption(self.algorithm)

    @property
    def verbs(self) -> "_Verbs":
        return ENCRYPTING if self.is_for_encryption else SIGNING

    def state(self, now: datetime) -> State:
        return self.life.state(now)


class _Verbs(NamedTuple):
    """What a key does in each state of its life: it signs and verifies, or it encrypts and decrypts."""

    later: Promise
    open: Promise
    now: Promise
    trusted: Promise
    ending: Promise


SIGNING: Final = _Verbs(
    gettext_lazy("signs in %(time)s"),
    gettext_lazy("signs until another takes over"),
    gettext_lazy("signs for another %(time)s"),
    gettext_lazy("verifies"),
    gettext_lazy("verifies for another %(time)s"),
)
ENCRYPTING: Final = _Verbs(
    gettext_lazy("encrypts in %(time)s"),
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
    return str(row.verbs.open) if end is None else str(row.verbs.now) % {"time": span(end - now)}


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
    name = str(STATES[row.state(now)].name)
    return f"{name} – {_(inability(row, now))}" if row.fault else name


def inability(row: Row, now: datetime) -> str:
    """Return what a key with a fault cannot do, in English."""
    return name_inability(row.state(now), "enc" if row.is_for_encryption else "sig")


def state_css(row: Row, now: datetime) -> str:
    """Return the class of the state's colour: a fault has its own."""
    return "fault" if row.fault else row.state(now).lower()


def state_badge(row: Row, now: datetime) -> SafeString:
    return badge(state_css(row, now), state_words(row, now))
