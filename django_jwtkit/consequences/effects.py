"""What revoking one key brings about: for its tokens, for people, for new tokens, here and elsewhere."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from django.utils.translation import gettext_noop

from django_jwtkit import tokens
from django_jwtkit.conf import Settings
from django_jwtkit.keys import Plan, State, StoredKey
from django_jwtkit.keys.planning import Planned, acting_signer
from django_jwtkit.wording import Count, Message, iso

from .logins import LoggedOut
from .takeover import describe_bystander, describe_takeover

EFFECTS: Final = {
    "access": gettext_noop(
        "Every access token that it signed is refused; clients get another with their refresh token."
    ),
    "refresh": gettext_noop("Every refresh token that it signed is refused: its users must log in again."),
    "kinds": gettext_noop("Every token of the project's own kinds that it signed is refused."),
    "encryption": gettext_noop("Every token that was encrypted to it can no longer be read, and is refused."),
}
EFFECT_OF_OWN_RING: Final = gettext_noop("Every token that it signed is refused.")
NOTHING_SIGNED: Final = {
    "sig": gettext_noop("It has signed nothing yet: no token is refused."),
    "enc": gettext_noop("Nothing has been encrypted to it yet: no token is refused."),
}
ALREADY_REFUSED: Final = gettext_noop("No token that it signed is accepted now; this makes it permanent.")
ALREADY_UNREADABLE: Final = gettext_noop(
    "No token that was encrypted to it can be read now; this makes it permanent."
)
NO_EFFECT: Final = {
    State.EXPIRED: gettext_noop("All its tokens have already expired: no valid token is refused."),
}
ACCESS: Final = {
    True: gettext_noop(
        "Their access tokens are not refused by that: they stay good for up to {span}. To refuse them at "
        "once, end the sessions too (CHECK_SESSION is on)."
    ),
    False: gettext_noop(
        "Their access tokens are not refused by that: they stay good for up to {span}, even if the sessions "
        "are ended (CHECK_SESSION is off)."
    ),
}
"""What a revocation leaves to those who are logged out, by CHECK_SESSION."""
LABELS: Final = {
    "tokens": gettext_noop("Tokens"),
    "logged_out": gettext_noop("Logged out"),
    "access": gettext_noop("Access"),
    "takeover": gettext_noop("Takeover"),
    "here": gettext_noop("Here"),
    "elsewhere": gettext_noop("Elsewhere"),
}


class Fact(NamedTuple):
    """One line of the consequences: a word in front, which is translated too, and a sentence."""

    label: str
    message: Message


@dataclass(frozen=True, slots=True)
class Consequences:
    """What revoking `row` brings about, by the plan that would do it."""

    row: StoredKey
    plan: Plan
    logged_out: LoggedOut
    settings: Settings

    @property
    def state(self) -> State:
        return self.row.state(self.plan.now)

    @property
    def key(self) -> Planned | None:
        """The key as the plan found it; None for one that had ended before."""
        return next((key for key in self.plan.before if key.kid == self.row.kid), None)

    @property
    def signing(self) -> Planned | None:
        """The key that signs now, in fact: not one that was tampered with or denied."""
        return acting_signer(self.plan.before, self.plan.now)

    @property
    def is_signing(self) -> bool:
        """Whether it is the key that signs now."""
        return self.signing is not None and self.signing.kid == self.row.kid

    @property
    def is_taken_over(self) -> bool:
        """Whether another key signs after the plan than now, for this one or where none does."""
        return self.is_signing or (self.signing is None and self.state is State.ACTIVE)

    @property
    def is_grave(self) -> bool:
        """Whether users notice: another key signs, or people are logged out."""
        return self.is_taken_over or self.logged_out.sessions > 0

    @property
    def successor(self) -> Planned | None:
        """The key that takes over; None where none does, or where there is no other key."""
        return acting_signer(self.plan.after, self.plan.now) if self.is_taken_over else None

    @property
    def own_until(self) -> datetime:
        """The latest time at which our own processes may still accept its tokens: the age of a snapshot."""
        return self.plan.now + self.settings.KEYRING_MAX_AGE

    @property
    def remote_until(self) -> datetime | None:
        """The latest time at which a consumer of the JWKS may; None where no other service has the key."""
        return consumers_until(self.row, self.plan.now, self.settings)

    def facts(self) -> Iterator[Fact]:
        """Yield what a person must know before they decide."""
        yield Fact(LABELS["tokens"], Message(self._effect()))
        if self.logged_out.sessions:
            yield Fact(LABELS["logged_out"], describe_logged_out(self.logged_out))
            if access := describe_access([self.row], self.settings):
                yield Fact(LABELS["access"], access)
        yield Fact(LABELS["takeover"], self._takeover())
        here = gettext_noop("Our own processes may accept it for another {span}.")
        yield Fact(LABELS["here"], Message(here, {"span": self.settings.KEYRING_MAX_AGE}))
        if self.remote_until is not None:
            yield Fact(LABELS["elsewhere"], describe_consumers(self.remote_until, self.plan.now))

    def to_dict(self) -> dict[str, object]:
        """Return the same for programs, as JSON takes it."""
        successor = self.successor
        return {
            "kid": self.row.kid,
            "ring": self.row.ring_id,
            "state": str(self.state),
            "tokens": self._effect(),
            "logged_out": self.logged_out._asdict(),
            "takeover": successor
            and {"kid": successor.kid or None, "published_at": iso(successor.published_at)},
            "safe_from": iso(self.plan.safe_from),
            "own_processes_until": iso(self.own_until),
            "consumers_until": iso(self.remote_until),
        }

    def _effect(self) -> str:
        if self.key is not None and (self.key.tampered or self.key.denied):
            return ALREADY_UNREADABLE if self.row.use == "enc" else ALREADY_REFUSED
        if self.state is State.STANDBY:
            return NOTHING_SIGNED.get(self.row.use, NOTHING_SIGNED["sig"])
        return NO_EFFECT.get(self.state) or EFFECTS.get(self.row.ring_id, EFFECT_OF_OWN_RING)

    def _takeover(self) -> Message:
        if not self.is_taken_over:
            return describe_bystander(self.plan, self.signing)
        return describe_takeover(self.plan, self.successor, has_consumers=self.remote_until is not None)


def describe_logged_out(logged_out: LoggedOut) -> Message:
    """Say how many users, in how many sessions, must log in again."""
    sessions, users = logged_out
    counts = {"users": Count(users, "user"), "sessions": Count(sessions, "session")}
    return Message(gettext_noop("{users} ({sessions})."), counts)


def describe_access(rows: Iterable[StoredKey], settings: Settings) -> Message | None:
    """Say how long the access tokens of those who are logged out are good: no session has ended.

    None where access tokens rest on one of the keys in `rows` too, and are refused with it.
    """
    kind = tokens.ACCESS
    rings = {kind.ring, "encryption"} if kind.is_encrypted_under(settings) else {kind.ring}
    if any(row.ring_id in rings for row in rows):
        return None
    span = settings.ACCESS_TOKEN_LIFETIME + settings.LEEWAY
    return Message(ACCESS[settings.CHECK_SESSION], {"span": span})


def consumers_until(row: StoredKey, revoked_at: datetime, settings: Settings) -> datetime | None:
    """Return until when a consumer that expires its cache may accept the key, revoked at `revoked_at`.

    None where no other service has the key. A ring that has left the settings may still be cached.
    """
    ring = settings.rings.get(row.ring_id)
    if not row.public_jwk or (ring is not None and not ring.publish):
        return None
    return revoked_at + settings.JWKS_MAX_AGE + settings.CONSUMER_CACHE


def describe_consumers(until: datetime, now: datetime) -> Message:
    """Say for how long consumers of the JWKS may still accept a revoked key."""
    text = gettext_noop(
        "Consumers that expire their cache may accept it for another {span}, until {end}. Others "
        "accept it until they fetch the JWKS again."
    )
    return Message(text, {"span": until - now, "end": until})
