"""A plan, told: what changes, key by key, in words for people and in names for programs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django_jwtkit.jose import jwa
from django_jwtkit.wording import how_long, iso, when

from .life import State
from .planned import Keys, Planned

Telling = Callable[[Planned], str]


class Step(NamedTuple):
    """One thing that happens to one key. `action` is a word of the table `STEPS`."""

    action: str
    key: Planned

    def sentence(self) -> str:
        return STEPS[self.action].tell(self.key)

    def to_dict(self) -> dict[str, str | None]:
        key = self.key
        return {
            "action": self.action,
            "kid": key.kid or None,
            "algorithm": key.algorithm,
            "sign_from": iso(key.sign_from),
            "sign_until": iso(key.sign_until),
            "verify_until": iso(key.verify_until),
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """What was or would be done to a ring. Falsy when there is nothing to do.

    `lost`: another process was quicker, nothing was done here. `safe_from`: from when all consumers know the
    key that signs after this plan; later than `now` where the plan was forced. `blocked_by`: why a key that
    is missing is not made.
    """

    ring: str
    now: datetime
    before: Keys
    after: Keys
    adopts: str = ""  # the settings' algorithm, where the ring now turns to it
    safe_from: datetime | None = None
    blocked_by: str = ""
    lost: bool = False

    def __bool__(self) -> bool:
        return bool(self.adopts) or any(True for _ in self.changes())

    @property
    def safe(self) -> bool:
        """Whether everybody who verifies knows the key that signs after this plan."""
        return self.safe_from is None or self.safe_from <= self.now

    @property
    def faults(self) -> dict[str, str]:
        """By kid, why a key can't do here what it is there for, after this plan."""
        work = {key.kid: key.state(self.now) for key in self.before}
        return {
            key.kid: key.fault
            for key in self.after
            if key.fault and key.state(self.now) in (State.STANDBY, State.ACTIVE, work.get(key.kid))
        }

    def changes(self) -> Iterator[tuple[Planned | None, Planned]]:
        """Each key that changes, as it was (None: it has still to be made) and as it shall be."""
        known = {key.kid: key for key in self.before}
        for key in self.after:
            old = known.get(key.kid)
            if old != key:
                yield old, key

    @property
    def steps(self) -> tuple[Step, ...]:
        changes = list(self.changes())
        return tuple(
            Step(action, key)
            for action, (happens, _) in STEPS.items()
            for old, key in changes
            if happens(old, key)
        )

    def sentences(self) -> tuple[str, ...]:
        turned = (f"Ring {self.ring} turns to {self.adopts}, as the settings ask.",) if self.adopts else ()
        without = (f"No new key is made. {self.blocked_by}",) if self.blocked_by else ()
        return turned + tuple(step.sentence() for step in self.steps) + without

    def to_dict(self) -> dict[str, object]:
        return {
            "ring": self.ring,
            "now": iso(self.now),
            "lost": self.lost,
            "safe_from": iso(self.safe_from),
            "blocked_by": self.blocked_by or None,
            "steps": [step.to_dict() for step in self.steps],
        }


class _Kind(NamedTuple):
    happens: Callable[[Planned | None, Planned], bool]
    tell: Telling


def short(kid: str) -> str:
    """Enough of a kid for people; commands take it as it is."""
    return kid[:12]


def verb(key: Planned) -> str:
    """What a key does in its turn."""
    is_for_encryption = key.algorithm in jwa.FITS and jwa.FITS[key.algorithm].use == "enc"
    return "encrypts" if is_for_encryption else "signs"


def _until(moment: datetime | None) -> str:
    return when(moment, never="further notice")


def _made(key: Planned) -> str:
    name = f" {short(key.kid)}" if key.kid else ""
    return f"A new {key.algorithm} key{name} is made; it {_turn(key)}."


def _imported(key: Planned) -> str:
    return f"The {key.algorithm} key {short(key.kid)} is imported; it {_turn(key)}."


def _turn(key: Planned) -> str:
    if key.sign_from is None:
        return f"verifies until {_until(key.sign_until)}, and never signs"
    start = "now" if key.sign_from <= key.published_at else when(key.sign_from)
    return f"{verb(key)} from {start}, until {_until(key.sign_until)}"


def _moved(key: Planned) -> str:
    if key.sign_from == key.sign_until:
        return f"Key {short(key.kid)} is passed over: it never {verb(key)}."
    return f"Key {short(key.kid)} {verb(key)} from {when(key.sign_from)} until {_until(key.sign_until)}."


def _raised(key: Planned) -> str:
    spare = f"and is kept for {how_long(key.margin)} more"
    return f"Key {short(key.kid)} may sign tokens that live up to {how_long(key.max_lifetime)}, {spare}."


def _revoked(key: Planned) -> str:
    return f"Key {short(key.kid)} is revoked for ever: {key.reason}."


def _destroyed(key: Planned) -> str:
    return f"The private part of key {short(key.kid)} is destroyed."


def _archived(key: Planned) -> str:
    return f"Key {short(key.kid)} verifies nothing any more and is laid to rest."


def _window(key: Planned) -> tuple[datetime | None, datetime | None]:
    return key.sign_from, key.sign_until


def _trust(key: Planned) -> tuple[timedelta, timedelta]:
    return key.max_lifetime, key.margin


STEPS: Final[dict[str, _Kind]] = {
    "revoked": _Kind(lambda old, key: old is not None and old.revoked_at != key.revoked_at, _revoked),
    "destroyed": _Kind(lambda old, key: old is not None and old.private and not key.private, _destroyed),
    "moved": _Kind(lambda old, key: old is not None and _window(old) != _window(key), _moved),
    "raised": _Kind(lambda old, key: old is not None and _trust(old) != _trust(key), _raised),
    "made": _Kind(lambda old, key: old is None and not key.imported, _made),
    "imported": _Kind(lambda old, key: old is None and key.imported, _imported),
    "archived": _Kind(
        lambda old, key: old is not None and key.revoked_at is None and old.archived != key.archived,
        _archived,
    ),
}
"""What may happen to a key, in the order in which it is told."""
