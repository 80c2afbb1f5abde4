"""The planner: pure functions from a ring's keys and the clock to the keys as they should be.

What differs is the plan. The job, its dry run, the admin's preview and its picture all show this one plan
(docs/decisions/0004). Each function returns the keys sorted by the date from which they sign.
"""

from collections.abc import Callable, Collection, Container
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from .life import Planned, State, begin_of, signer
from .policy import Policy

Keys = tuple[Planned, ...]

TOLERANCE: Final = timedelta(hours=1)
"""What the clock that a plan goes by may be behind: a turn so near may have begun, and is never put off."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a plan is made from, besides the keys."""

    policy: Policy
    now: datetime
    algorithm_changed: bool = False  # the settings ask for another algorithm than at the last plan
    denied: Container[str] = frozenset()
    blocked_by: str = ""  # why no key can be made here: a plan then does without
    mute: bool = False  # nothing can be vouched for here: a plan can only end trust


def due(keys: Keys, at: Situation) -> Keys:
    """What time and settings ask for: somebody signs, somebody stands by, and the dead are laid to rest."""
    keys = _taken_out(keys, at, at.denied, "listed in DENY_KIDS")
    if _is_stuck(keys, at):
        return _housekeeping(keys, at)
    if at.algorithm_changed:
        keys = _withdrawn(keys, at.now, lambda key: key.algorithm != at.policy.algorithm)
    return _housekeeping(_patient(_standby(keys, at), at), at)


def hasten(keys: Keys, at: Situation) -> Keys:
    """The next key signs from now on, another stands by. A standby that can't be opened is passed over.

    A key of the line that can't be judged here is given up: nothing can be vouched for beside it.
    """
    lost = frozenset(key.kid for key in keys if not key.judged and _in_line(key, at.now))
    keys = _taken_out(keys, at, lost, "its sealing key is lost")
    if _last(keys, at.now) is None:
        return due(keys, at)
    keys = _withdrawn(due(keys, at), at.now, lambda key: bool(key.fault))
    following = next_key(keys, at.now)
    if following is None:
        keys = (*keys, _made(at, at.now))
    else:
        keys = _with(keys, following, replace(following, sign_from=at.now))
    return due(_chained(keys, at.now), at)


def revoke(keys: Keys, at: Situation, kids: Collection[str], reason: str) -> Keys:
    """`kids` are never trusted again: a standby takes over at once, and the places of standbys are filled."""
    return due(_taken_out(keys, at, kids, reason), at)


def add(keys: Keys, at: Situation, new: Planned) -> Keys:
    """One key more: the first of a ring signs at once, another stands by at the end of the line."""
    last = _last(keys, at.now)
    start = at.now if last is None else _turn_after(last, at)
    return due(_chained((*keys, replace(new, sign_from=start, sign_until=None)), at.now), at)


def made(at: Situation, *, algorithm: str = "", kid: str = "") -> Planned:
    """A key that has still to be made: published now, by the policy of now; it has no turn yet."""
    policy = at.policy
    return Planned(
        kid=kid,
        algorithm=algorithm or policy.algorithm,
        published_at=at.now,
        sign_from=None,
        sign_until=None,
        max_lifetime=policy.max_lifetime,
        margin=policy.margin,
    )


def next_key(keys: Keys, now: datetime) -> Planned | None:
    """The standby whose turn is next."""
    standby = [key for key in keys if key.state(now) is State.STANDBY]
    return min(standby, key=begin_of, default=None)


def _standby(keys: Keys, at: Situation) -> Keys:
    """See that a key signs and that one stands by, with the changeover already written in the rows."""
    if at.policy.abandoned:
        return keys
    keys = _begun(keys, at.now)
    if at.blocked_by:
        return keys
    last = _last(keys, at.now)
    if last is None:
        last = _made(at, at.now)
        keys = (*keys, last)
    if last.state(at.now) is not State.STANDBY:
        urgent = at.algorithm_changed and last.algorithm != at.policy.algorithm
        start = at.now + at.policy.publish_before if urgent else _turn_after(last, at)
        keys = (*keys, _made(at, start))
    return _chained(keys, at.now)


def _begun(keys: Keys, now: datetime) -> Keys:
    """Where only standbys are left to sign, the earliest begins at once; first one that can be used.

    Not one that was published in the future: that is a sign that `now` is behind, and that it signs already.
    """
    line = [key for key in keys if _in_line(key, now) and key.private]
    if not line or any(key.state(now) is State.ACTIVE for key in line):
        return keys
    following = min(line, key=lambda key: (bool(key.fault), begin_of(key)))
    if following.published_at > now:
        return keys
    return _chained(_with(keys, following, replace(following, sign_from=now)), now)


def _patient(keys: Keys, at: Situation) -> Keys:
    """Standbys made under a shorter `PUBLISH_BEFORE` wait for today's: consumers may cache for longer now.

    Not one that may be signing elsewhere: it must not become a standby again.
    """
    for key in keys:
        known = key.published_at + at.policy.publish_before
        if key.sign_from and key.state(at.now) is State.STANDBY and not _may_have_begun(key, keys, at):
            keys = _with(keys, key, replace(key, sign_from=max(key.sign_from, known)))
    return _chained(keys, at.now)


def _may_have_begun(key: Planned, keys: Keys, at: Situation) -> bool:
    """Whether the turn of a standby may have come by another clock than the plan's.

    It may where it is near, where no other key signs before it, and where a plan was made since: that has
    published or revoked a key.
    """
    begin = begin_of(key)
    if begin - at.now <= max(at.policy.linger, TOLERANCE) or signer(keys, at.now) is key:
        return True
    return any(
        other is not key and (other.published_at >= begin or (other.revoked_at and other.revoked_at >= begin))
        for other in keys
    )


def _taken_out(keys: Keys, at: Situation, kids: Container[str], reason: str) -> Keys:
    victims = [key for key in keys if key.kid in kids and key.revoked_at is None]
    was_signing = signer(keys, at.now) in victims
    for key in victims:
        keys = _with(keys, key, replace(key, revoked_at=at.now, reason=reason))
    if _is_stuck(keys, at):
        return keys
    following = next_key(keys, at.now)
    if was_signing and following is not None:
        keys = _with(keys, following, replace(following, sign_from=at.now))
    return _chained(keys, at.now) if victims else keys


def _is_stuck(keys: Keys, at: Situation) -> bool:
    """Whether no date may change: nothing can be vouched for, or a key of the line can't be judged here."""
    return at.mute or any(not key.judged and _in_line(key, at.now) for key in keys)


def _withdrawn(keys: Keys, now: datetime, unwanted: Callable[[Planned], bool]) -> Keys:
    """Standbys that shall not sign get a turn of no length: published once, they stay known for a while."""
    for key in keys:
        if key.state(now) is State.STANDBY and unwanted(key):
            keys = _with(keys, key, replace(key, sign_from=now, sign_until=now))
    return _chained(keys, now)


def _chained(keys: Keys, now: datetime) -> Keys:
    """Each key of the line signs until the next one begins; the last one's turn has no end."""
    line = sorted((key for key in keys if _in_line(key, now)), key=begin_of)
    ends = [key.sign_from for key in line[1:]] + [None]
    linked = {id(key): replace(key, sign_until=end) for key, end in zip(line, ends, strict=bool(line))}
    return tuple(sorted((linked.get(id(key), key) for key in keys), key=begin_of))


def _housekeeping(keys: Keys, at: Situation) -> Keys:
    return tuple(_kept(key, at) for key in keys)


def _kept(key: Planned, at: Situation) -> Planned:
    state = key.state(at.now)
    over = state in (State.EXPIRED, State.REVOKED)
    if at.mute or not key.judged or key.tampered:
        return replace(key, private=key.private and not over, archived=key.archived or over)
    done = key.sign_until is not None and at.now >= key.sign_until + at.policy.linger
    # One that has just retired may still sign where a clock is late or a snapshot old.
    if state in (State.STANDBY, State.ACTIVE) or (state is State.RETIRED and not done and _has_a_turn(key)):
        lifetime, margin = at.policy.max_lifetime, at.policy.margin
        return replace(key, max_lifetime=max(key.max_lifetime, lifetime), margin=max(key.margin, margin))
    spent = done and not key.verifies_with_private
    return replace(key, private=key.private and not (spent or over), archived=key.archived or over)


def _has_a_turn(key: Planned) -> bool:
    return key.sign_from != key.sign_until


def _made(at: Situation, start: datetime) -> Planned:
    return replace(made(at), sign_from=start)


def _turn_after(last: Planned, at: Situation) -> datetime:
    """When the key after `last` begins: after a full turn, not before its publication has come round."""
    return max(begin_of(last) + at.policy.rotate_every, at.now + at.policy.publish_before)


def _last(keys: Keys, now: datetime) -> Planned | None:
    return max((key for key in keys if _in_line(key, now)), key=begin_of, default=None)


def _in_line(key: Planned, now: datetime) -> bool:
    return key.state(now) in (State.STANDBY, State.ACTIVE)


def _with(keys: Keys, old: Planned, new: Planned) -> Keys:
    return tuple(new if key is old else key for key in keys)
