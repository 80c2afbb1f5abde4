"""The planner: pure functions from a ring's keys and the clock to the keys as they should be.

The difference between the two is the plan. The job, its dry run, the admin's preview and its picture all show
this one plan (docs/decisions/0004). Each function returns the keys in the order of their turns.
"""

from collections.abc import Callable, Collection, Container
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_noop

from . import ending
from .active_key import by_turn, signer
from .life import State
from .planned import Keys, Planned
from .policies import Policy

TOLERANCE: Final = timedelta(hours=1)
"""How far a plan's clock may be behind: a turn as near as that may have begun, and is never postponed."""


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a plan depends on, besides the keys."""

    policy: Policy
    now: datetime
    algorithm_changed: bool = False  # since the last plan, in the settings
    denied: Container[str] = frozenset()
    blocked_by: str = ""  # why no key can be made here: a plan then does without new keys
    cannot_vouch: bool = False  # for any row, here: a plan can then only end trust


def rotate(keys: Keys, at: Situation) -> Keys:
    """Do what time and settings require: a key signs, another stands by, expired ones are archived."""
    keys = _revoke(keys, at, at.denied, "listed in DENY_KIDS")
    if _is_stuck(keys, at):
        return _update_all(keys, at)
    if at.algorithm_changed:
        # First, for the only key that signs must not be withdrawn: of the new algorithm nobody knows one yet.
        keys = _withdraw(_start_earliest(keys, at), at.now, lambda key: key.algorithm != at.policy.algorithm)
    return _update_all(_postpone_standbys(_complete(keys, at), at), at)


def rotate_now(keys: Keys, at: Situation) -> Keys:
    """Let the next key sign from now on, and another stand by. Skip a standby that can't be opened.

    A key of the line that can't be judged here is given up: no row can be vouched for beside it. Where what
    is due lets a standby sign already, it is the next key, and perhaps the only one that others know.
    """
    lost = frozenset(key.kid for key in keys if not key.judged and _is_in_line(key, at.now))
    due = _revoke(keys, at, lost, gettext_noop("its sealing key is not in this machine's settings"))
    if _last_in_line(due, at.now) is None:
        return rotate(due, at)
    due = _withdraw(rotate(due, at), at.now, lambda key: bool(key.fault))
    if not _has_sound_successor(keys, due, at.now):
        due = _start_next(due, at)
    return rotate(_link(due, at.now), at)


def _has_sound_successor(keys: Keys, due: Keys, now: datetime) -> bool:
    """Return whether what is `due` lets a standby of `keys` sign, for a key that no longer can."""
    were_active = {key.kid for key in keys if key.state(now) is State.ACTIVE}
    signing = signer(due, now)
    return signing is not None and not signing.fault and signing.kid not in {"", *were_active}


def _start_next(keys: Keys, at: Situation) -> Keys:
    following = next_key(keys, at.now)
    if following is None:
        return (*keys, _new_key_from(at, at.now))
    return _replace(keys, following, replace(following, sign_from=at.now))


def revoke(keys: Keys, at: Situation, kids: Collection[str], reason: str) -> Keys:
    """End all trust in `kids`: a standby takes over at once, and missing standbys are made."""
    return rotate(_revoke(keys, at, kids, reason), at)


def add(keys: Keys, at: Situation, new: Planned) -> Keys:
    """Add a key: the first of a ring signs at once, another stands by at the end of the line."""
    last = _last_in_line(keys, at.now)
    start = at.now if last is None else _next_turn(last, at)
    return rotate(_link((*keys, replace(new, sign_from=start, sign_until=None)), at.now), at)


def new_key(at: Situation, *, algorithm: str = "", kid: str = "") -> Planned:
    """Return a key that has still to be made: published now, by the policy of now, without a turn."""
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
    """Return the standby whose turn is next."""
    standby = [key for key in keys if key.state(now) is State.STANDBY]
    return min(standby, key=by_turn, default=None)


def _complete(keys: Keys, at: Situation) -> Keys:
    """See that a key signs and that one stands by, with the changeover already written in the rows."""
    keys = _start_earliest(keys, at)
    if at.policy.abandoned or at.blocked_by:
        return keys
    last = _last_in_line(keys, at.now)
    if last is None:
        last = _new_key_from(at, at.now)
        keys = (*keys, last)
    if last.state(at.now) is not State.STANDBY:
        urgent = at.algorithm_changed and last.algorithm != at.policy.algorithm
        start = at.now + at.policy.publish_before if urgent else _next_turn(last, at)
        keys = (*keys, _new_key_from(at, start))
    return _link(keys, at.now)


def _start_earliest(keys: Keys, at: Situation) -> Keys:
    """Where only standbys are left to sign, let the earliest begin at once, if possible one without a fault.

    A key that was published in the future is a sign that `now` is behind and that the key signs already.
    """
    now = at.now
    line = [key for key in keys if _is_in_line(key, now) and key.private]
    if at.policy.abandoned or not line or any(key.state(now) is State.ACTIVE for key in line):
        return keys
    following = min(line, key=lambda key: (bool(key.fault), key.begins))
    if following.published_at > now:
        return keys
    return _link(_replace(keys, following, replace(following, sign_from=now)), now)


def _postpone_standbys(keys: Keys, at: Situation) -> Keys:
    """Let standbys wait for today's `PUBLISH_BEFORE`: consumers may cache for longer than when it was made.

    One that may be signing elsewhere is left alone: it must not become a standby again.
    """
    for key in keys:
        earliest = key.published_at + at.policy.publish_before
        if key.sign_from and key.state(at.now) is State.STANDBY and not _may_have_begun(key, keys, at):
            keys = _replace(keys, key, replace(key, sign_from=max(key.sign_from, earliest)))
    return _link(keys, at.now)


def _may_have_begun(key: Planned, keys: Keys, at: Situation) -> bool:
    """Return whether the turn of a standby may have begun by another clock than the plan's.

    It may where the turn is near, where no other key signs before it, and where a key was published or
    revoked since: then a plan was made after the turn had begun.
    """
    begin = key.begins
    if begin - at.now <= max(at.policy.linger, TOLERANCE) or signer(keys, at.now) is key:
        return True
    return any(
        other is not key and (other.published_at >= begin or (other.revoked_at and other.revoked_at >= begin))
        for other in keys
    )


def _revoke(keys: Keys, at: Situation, kids: Container[str], reason: str) -> Keys:
    victims = [key for key in keys if key.kid in kids and key.revoked_at is None]
    was_signing = signer(keys, at.now) in victims
    for key in victims:
        keys = _replace(keys, key, replace(key, revoked_at=at.now, reason=reason))
    if _is_stuck(keys, at):
        return keys
    following = next_key(keys, at.now)
    if was_signing and following is not None:
        keys = _replace(keys, following, replace(following, sign_from=at.now))
    return _link(keys, at.now) if victims else keys


def _is_stuck(keys: Keys, at: Situation) -> bool:
    """Return whether no date may change: no row can be vouched for, or a key of the line can't be judged."""
    return at.cannot_vouch or any(not key.judged and _is_in_line(key, at.now) for key in keys)


def _withdraw(keys: Keys, now: datetime, is_unwanted: Callable[[Planned], bool]) -> Keys:
    """Give unwanted standbys a turn of no length: published once, they stay in the JWKS for a while."""
    for key in keys:
        if key.state(now) is State.STANDBY and is_unwanted(key):
            keys = _replace(keys, key, replace(key, sign_from=now, sign_until=now))
    return _link(keys, now)


def _link(keys: Keys, now: datetime) -> Keys:
    """Let each key of the line sign until the next one begins; the turn of the last one has no end."""
    line = sorted((key for key in keys if _is_in_line(key, now)), key=by_turn)
    ends = [key.sign_from for key in line[1:]] + [None]
    linked = {id(key): replace(key, sign_until=end) for key, end in zip(line, ends, strict=bool(line))}
    return tuple(sorted((linked.get(id(key), key) for key in keys), key=by_turn))


def _update_all(keys: Keys, at: Situation) -> Keys:
    return tuple(_update(key, at) for key in keys)


def _update(key: Planned, at: Situation) -> Planned:
    """Extend the key by today's policy while it is needed, then end it."""
    policy = at.policy
    if at.cannot_vouch or not key.judged or key.tampered:
        return ending.end_trust(key, at.now)
    if not ending.is_needed(key, at.now, policy.linger):
        return ending.end(key, at.now, policy.linger)
    return replace(
        key,
        max_lifetime=max(key.max_lifetime, policy.max_lifetime),
        margin=max(key.margin, policy.margin),
    )


def _new_key_from(at: Situation, start: datetime) -> Planned:
    return replace(new_key(at), sign_from=start)


def _next_turn(last: Planned, at: Situation) -> datetime:
    """Return when the key after `last` begins: after a full turn, and once it has been published for long."""
    return max(last.begins + at.policy.rotate_every, at.now + at.policy.publish_before)


def _last_in_line(keys: Keys, now: datetime) -> Planned | None:
    return max((key for key in keys if _is_in_line(key, now)), key=by_turn, default=None)


def _is_in_line(key: Planned, now: datetime) -> bool:
    return key.state(now) in (State.STANDBY, State.ACTIVE)


def _replace(keys: Keys, old: Planned, new: Planned) -> Keys:
    return tuple(new if key is old else key for key in keys)
