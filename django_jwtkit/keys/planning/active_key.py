"""Which key of a ring signs: the one whose turn has begun last."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final, TypeVar

from .life import Life, State
from .planned import Planned

L = TypeVar("L", bound=Life)
by_turn: Final = attrgetter("begins")
"""The order in which keys take their turns, as the `key` of `sorted`, `min` and `max`."""


def signer(lives: Iterable[L], now: datetime, *, skew: timedelta = timedelta(0)) -> L | None:
    """Return the life whose turn it is to sign at `now`: the latest to have begun.

    Where no turn has begun yet, the first one signs: a test that freezes an earlier day can log in, and so
    can the users of a host whose clock is behind. Otherwise, between two turns, the next one signs if it
    begins within `skew`.
    """
    line = [life for life in lives if life.sign_from is not None and life.revoked_at is None]
    active = [life for life in line if life.state(now) is State.ACTIVE]
    if active:
        return max(active, key=by_turn)
    standby = [life for life in line if life.state(now) is State.STANDBY]
    near = [life for life in standby if len(standby) == len(line) or (skew and life.begins <= now + skew)]
    return min(near, key=by_turn, default=None)


def acting_signer(
    keys: Iterable[Planned], now: datetime, *, skew: timedelta = timedelta(0)
) -> Planned | None:
    """Return the key that signs in fact, by the rule of `keys.signing_key`; None where no token is issued.

    A row that was tampered with does not count. A denied key keeps its turn, and does not sign in it.
    """
    line = sorted((key for key in keys if key.sign_from and _is_in_line(key)), key=by_turn)
    soon = max(now + skew, line[0].begins) if line else now
    return signer((key for key in line if key.begins <= soon and not key.denied), now, skew=skew)


def _is_in_line(key: Planned) -> bool:
    return not (key.revoked_at or key.tampered or key.archived)
