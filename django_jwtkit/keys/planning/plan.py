"""A plan, key by key: in sentences for people, and in names for programs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django_jwtkit.jose import jwa
from django_jwtkit.wording import how_long, iso, when

from .life import State
from .planned import Keys, Planned


class Step(NamedTuple):
    """One change of one key. `action` is a word of the table `STEPS`."""

    action: str
    key: Planned

    def sentence(self) -> str:
        """Return the step in words for people."""
        return STEPS[self.action].describe(self.key)

    def to_dict(self) -> dict[str, str | None]:
        """Return the step for programs, as JSON takes it."""
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
    """The changes of a ring, carried out or only previewed. Falsy when there is nothing to do.

    `lost`: another process was faster, and nothing was done here. `safe_from`: from when all consumers know
    the key that signs after this plan; later than `now` where the plan was forced. `blocked_by`: why a
    missing key is not made.
    """

    ring: str
    now: datetime
    before: Keys
    after: Keys
    adopts: str = ""  # the algorithm to which the ring switches
    safe_from: datetime | None = None
    blocked_by: str = ""
    lost: bool = False

    def __bool__(self) -> bool:
        return bool(self.adopts) or any(True for _ in self.changes())

    @property
    def is_safe(self) -> bool:
        """Whether all consumers know the key that signs after this plan."""
        return self.safe_from is None or self.safe_from <= self.now

    @property
    def faults(self) -> dict[str, str]:
        """Why keys can't do their work here after this plan, by kid."""
        work = {key.kid: key.state(self.now) for key in self.before}
        return {
            key.kid: key.fault
            for key in self.after
            if key.fault and key.state(self.now) in (State.STANDBY, State.ACTIVE, work.get(key.kid))
        }

    def changes(self) -> Iterator[tuple[Planned | None, Planned]]:
        """Yield each key that changes, as it was (None for a new one) and as it will be."""
        before = {key.kid: key for key in self.before}
        for key in self.after:
            old = before.get(key.kid)
            if old != key:
                yield old, key

    @property
    def steps(self) -> tuple[Step, ...]:
        """The changes, one by one, in the order of the table `STEPS`."""
        changes = list(self.changes())
        return tuple(
            Step(action, key)
            for action, kind in STEPS.items()
            for old, key in changes
            if kind.is_in(old, key)
        )

    def sentences(self) -> tuple[str, ...]:
        """Return the plan in words for people."""
        switch = (f"Ring {self.ring} switches to {self.adopts}, as configured.",) if self.adopts else ()
        obstacle = (f"No new key is made. {self.blocked_by}",) if self.blocked_by else ()
        return switch + tuple(step.sentence() for step in self.steps) + obstacle

    def to_dict(self) -> dict[str, object]:
        """Return the plan for programs, as JSON takes it."""
        return {
            "ring": self.ring,
            "now": iso(self.now),
            "lost": self.lost,
            "safe_from": iso(self.safe_from),
            "blocked_by": self.blocked_by or None,
            "steps": [step.to_dict() for step in self.steps],
        }


class _Kind(NamedTuple):
    """A kind of step: whether it is in the change of a key from old to new, and its sentence."""

    is_in: Callable[[Planned | None, Planned], bool]
    describe: Callable[[Planned], str]


def short(kid: str) -> str:
    """Return the beginning of a kid, which is enough for people; commands accept it."""
    return kid[:12]


def verb(key: Planned) -> str:
    """Return the word for the work of a key: it signs or encrypts."""
    is_for_encryption = key.algorithm in jwa.FITS and jwa.FITS[key.algorithm].use == "enc"
    return "encrypts" if is_for_encryption else "signs"


def _until(moment: datetime | None) -> str:
    return when(moment, never="further notice")


def _describe_made(key: Planned) -> str:
    name = f" {short(key.kid)}" if key.kid else ""
    return f"A new {key.algorithm} key{name} is made; it {_describe_turn(key)}."


def _describe_imported(key: Planned) -> str:
    return f"The {key.algorithm} key {short(key.kid)} is imported; it {_describe_turn(key)}."


def _describe_turn(key: Planned) -> str:
    if key.sign_from is None:
        return f"verifies until {_until(key.sign_until)}, and never signs"
    start = "now" if key.sign_from <= key.published_at else when(key.sign_from)
    return f"{verb(key)} from {start}, until {_until(key.sign_until)}"


def _describe_moved(key: Planned) -> str:
    if key.sign_from == key.sign_until:
        return f"Key {short(key.kid)} is skipped and never {verb(key)}."
    return f"Key {short(key.kid)} {verb(key)} from {when(key.sign_from)} until {_until(key.sign_until)}."


def _describe_raised(key: Planned) -> str:
    spare = f"and is kept for {how_long(key.margin)} more"
    return f"Key {short(key.kid)} may sign tokens that live up to {how_long(key.max_lifetime)}, {spare}."


def _describe_revoked(key: Planned) -> str:
    return f"Key {short(key.kid)} is permanently revoked: {key.reason}."


def _describe_destroyed(key: Planned) -> str:
    return f"The private part of key {short(key.kid)} is destroyed."


def _describe_archived(key: Planned) -> str:
    return f"Key {short(key.kid)} no longer verifies any token and is archived."


def _window(key: Planned) -> tuple[datetime | None, datetime | None]:
    return key.sign_from, key.sign_until


def _trust(key: Planned) -> tuple[timedelta, timedelta]:
    return key.max_lifetime, key.margin


def _existing(differs: Callable[[Planned, Planned], bool]) -> Callable[[Planned | None, Planned], bool]:
    return lambda old, key: old is not None and differs(old, key)


STEPS: Final[dict[str, _Kind]] = {
    "revoked": _Kind(_existing(lambda old, key: old.revoked_at != key.revoked_at), _describe_revoked),
    "destroyed": _Kind(_existing(lambda old, key: old.private and not key.private), _describe_destroyed),
    "moved": _Kind(_existing(lambda old, key: _window(old) != _window(key)), _describe_moved),
    "raised": _Kind(_existing(lambda old, key: _trust(old) != _trust(key)), _describe_raised),
    "made": _Kind(lambda old, key: old is None and not key.imported, _describe_made),
    "imported": _Kind(lambda old, key: old is None and key.imported, _describe_imported),
    "archived": _Kind(
        _existing(lambda old, key: old.archived != key.archived and not key.revoked_at), _describe_archived
    ),
}
"""The kinds of steps, in the order in which a plan lists them."""
