"""A plan, key by key: in sentences for people, and in names for programs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.utils.translation import gettext_noop

from django_jwtkit.jose import jwa
from django_jwtkit.wording import KeyName, Message, Reason, iso

from .life import State
from .planned import Keys, Planned


class Step(NamedTuple):
    """One change of one key. `action` is a word of the table `STEPS`; `message` is for people."""

    action: str
    key: Planned
    message: Message

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
            Step(action, key, kind.describe(_Change(old, key, self.now)))
            for action, kind in STEPS.items()
            for old, key in changes
            if kind.is_in(old, key)
        )

    @property
    def messages(self) -> tuple[Message, ...]:
        """The plan for people: each step, and what hinders the plan."""
        switch, obstacle = (
            gettext_noop("Ring {ring} switches to {algorithm}, as configured."),
            gettext_noop("No new key is made. {fault}"),
        )
        first = [Message(switch, {"ring": self.ring, "algorithm": self.adopts})] if self.adopts else []
        last = [Message(obstacle, {"fault": self.blocked_by})] if self.blocked_by else []
        return (*first, *(step.message for step in self.steps), *last)

    def sentences(self) -> tuple[str, ...]:
        """Return the messages in English, with times in UTC."""
        return tuple(map(str, self.messages))

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


class _Change(NamedTuple):
    """The change of a key from `old`, None for a new one, to `key`, by a plan that is made at `now`."""

    old: Planned | None
    key: Planned
    now: datetime


class _Kind(NamedTuple):
    """A kind of step: whether it is in the change of a key from old to new, and its message."""

    is_in: Callable[[Planned | None, Planned], bool]
    describe: Callable[[_Change], Message]


def short(kid: str) -> str:
    """Return the beginning of a kid, which is enough for people; commands accept it."""
    return KeyName(kid).short


def is_for_encryption(algorithm: str) -> bool:
    """Return whether keys of `algorithm` encrypt and decrypt; all others sign and verify."""
    return algorithm in jwa.FITS and jwa.FITS[algorithm].use == "enc"


def verb(key: Planned) -> str:
    """Return the word for the work of a key: it signs or encrypts."""
    return "encrypts" if is_for_encryption(key.algorithm) else "signs"


FURTHER_NOTICE: Final = Message(gettext_noop("further notice"))
NOW: Final = Message(gettext_noop("now"))


RAISED: Final = gettext_noop(
    "Key {key} may sign tokens that live up to {lifetime}, and is kept for {margin} more."
)
REVOKED: Final = gettext_noop("Key {key} is permanently revoked: {reason}.")
DESTROYED: Final = gettext_noop("The private part of key {key} is destroyed.")
ARCHIVED: Final = gettext_noop("Key {key} no longer verifies any token and is archived.")


class _Turns(NamedTuple):
    """The words for a key's turn, which signs or encrypts."""

    skipped: str
    stops: str
    starts: str
    moved: str
    new: str
    new_named: str
    imported: str
    verifies: str


SIGNING: Final = _Turns(
    skipped=gettext_noop("Key {key} is skipped and never signs."),
    stops=gettext_noop("Key {key} stops signing now; its tokens stay valid until {trusted}."),
    starts=gettext_noop("Key {key} signs from now on, until {end}."),
    moved=gettext_noop("Key {key} signs from {start} until {end}."),
    new=gettext_noop("A new {algorithm} key is made; it signs from {start}, until {end}."),
    new_named=gettext_noop("A new {algorithm} key {key} is made; it signs from {start}, until {end}."),
    imported=gettext_noop("The {algorithm} key {key} is imported; it signs from {start}, until {end}."),
    verifies=gettext_noop("The {algorithm} key {key} is imported; it verifies until {end}, and never signs."),
)
ENCRYPTING: Final = _Turns(
    skipped=gettext_noop("Key {key} is skipped and never encrypts."),
    stops=gettext_noop("Key {key} stops encrypting now; it decrypts until {trusted}."),
    starts=gettext_noop("Key {key} encrypts from now on, until {end}."),
    moved=gettext_noop("Key {key} encrypts from {start} until {end}."),
    new=gettext_noop("A new {algorithm} key is made; it encrypts from {start}, until {end}."),
    new_named=gettext_noop("A new {algorithm} key {key} is made; it encrypts from {start}, until {end}."),
    imported=gettext_noop("The {algorithm} key {key} is imported; it encrypts from {start}, until {end}."),
    verifies=gettext_noop(
        "The {algorithm} key {key} is imported; it decrypts until {end}, and never encrypts."
    ),
)


TEXTS: Final[Mapping[str, str]] = {
    **{f"signing.{name}": text for name, text in SIGNING._asdict().items()},
    **{f"encrypting.{name}": text for name, text in ENCRYPTING._asdict().items()},
    "raised": RAISED,
    "revoked": REVOKED,
    "destroyed": DESTROYED,
    "archived": ARCHIVED,
}
"""The texts of steps, by the names under which the history keeps them."""


def _turns(key: Planned) -> _Turns:
    return ENCRYPTING if is_for_encryption(key.algorithm) else SIGNING


def _values(key: Planned) -> dict[str, object]:
    """Return what a text may say of `key`."""
    is_new = key.sign_from is not None and key.sign_from <= key.published_at
    return {
        "key": KeyName(key.kid),
        "algorithm": key.algorithm,
        "start": NOW if is_new else key.sign_from,
        "end": key.sign_until or FURTHER_NOTICE,
        "trusted": key.verify_until or FURTHER_NOTICE,
    }


def _describe_made(change: _Change) -> Message:
    texts = _turns(change.key)
    return Message(texts.new_named if change.key.kid else texts.new, _values(change.key))


def _describe_imported(change: _Change) -> Message:
    texts = _turns(change.key)
    return Message(texts.imported if change.key.sign_from else texts.verifies, _values(change.key))


def _describe_moved(change: _Change) -> Message:
    _, key, now = change
    texts = _turns(key)
    if key.sign_from == key.sign_until:
        return Message(texts.skipped, _values(key))
    if key.sign_until == now:
        return Message(texts.stops, _values(key))
    text = texts.starts if key.sign_from == now else texts.moved
    return Message(text, {**_values(key), "start": key.sign_from})


def _describe_raised(change: _Change) -> Message:
    key = change.key
    return Message(RAISED, {"key": KeyName(key.kid), "lifetime": key.max_lifetime, "margin": key.margin})


def _describe_revoked(change: _Change) -> Message:
    return Message(REVOKED, {"key": KeyName(change.key.kid), "reason": Reason(change.key.reason)})


def _describe_destroyed(change: _Change) -> Message:
    return Message(DESTROYED, {"key": KeyName(change.key.kid)})


def _describe_archived(change: _Change) -> Message:
    return Message(ARCHIVED, {"key": KeyName(change.key.kid)})


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
