"""The kinds of steps that a plan can have: how each is recognized in the change of a key, and described."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django_jwtkit.keys.planning.planned import Planned
from django_jwtkit.wording import KeyName, Message, Reason, iso

from .texts import (
    ARCHIVED,
    DESTROYED,
    ENCRYPTING,
    FURTHER_NOTICE,
    NOW,
    RAISED,
    REVOKED,
    SIGNING,
    Turns,
    is_for_encryption,
)


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


class _Change(NamedTuple):
    """The change of a key from `old`, None for a new one, to `key`, by a plan that is made at `now`."""

    old: Planned | None
    key: Planned
    now: datetime


class _Kind(NamedTuple):
    """A kind of step: whether it is in the change of a key from old to new, and its message."""

    is_in: Callable[[Planned | None, Planned], bool]
    describe: Callable[[_Change], Message]


def steps_of(changes: Iterable[tuple[Planned | None, Planned]], now: datetime) -> tuple[Step, ...]:
    """Return the steps in `changes`, pairs of a key before and after, in the order of the table `STEPS`."""
    listed = list(changes)
    return tuple(
        Step(action, key, kind.describe(_Change(old, key, now)))
        for action, kind in STEPS.items()
        for old, key in listed
        if kind.is_in(old, key)
    )


def _turns(key: Planned) -> Turns:
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
