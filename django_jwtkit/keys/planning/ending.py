"""The end of a key: until when its private part is needed, when that is destroyed, and its row archived."""

from dataclasses import replace
from datetime import datetime, timedelta

from .life import State
from .planned import Planned


def is_needed(key: Planned, now: datetime, linger: timedelta) -> bool:
    """Return whether `key` signs, will sign, or may still sign somewhere.

    A key that has just retired may sign for `linger` more: where a clock is late, or a snapshot old.
    """
    state = key.state(now)
    had_a_turn = key.sign_from != key.sign_until
    may_sign = state is State.RETIRED and not _has_signed_last(key, now, linger) and had_a_turn
    return state in (State.STANDBY, State.ACTIVE) or may_sign


def end(key: Planned, now: datetime, linger: timedelta) -> Planned:
    """Destroy the private part of `key` once it has signed its last token; archive it once none is trusted.

    A private part that verifies or decrypts is kept until all trust ends.
    """
    is_spent = _has_signed_last(key, now, linger) and not key.needs_private
    ended = end_trust(key, now)
    return replace(ended, private=ended.private and not is_spent)


def end_trust(key: Planned, now: datetime) -> Planned:
    """Destroy and archive `key` if all trust in it has ended: no row need be vouched for."""
    is_over = key.state(now) in (State.EXPIRED, State.REVOKED)
    return replace(key, private=key.private and not is_over, archived=key.archived or is_over)


def _has_signed_last(key: Planned, now: datetime, linger: timedelta) -> bool:
    return key.sign_until is not None and now - key.sign_until >= linger
