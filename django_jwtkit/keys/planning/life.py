"""The life of one key: a row of dates, and the state that the clock makes of it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeVar


class State(StrEnum):
    """Where a key stands in its life: a function of its row and the clock, never of the settings."""

    STANDBY = "STANDBY"
    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"
    VERIFY_ONLY = "VERIFY_ONLY"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """The dates of one key.

    It signs in `sign_from <= now < sign_until`, an open end being None. A key that never signs here has no
    `sign_from`; its `sign_until` is then the end of all trust in it. `max_lifetime` is the longest token that
    it may sign, `margin` what clocks and snapshots may be wrong by.
    """

    published_at: datetime
    sign_from: datetime | None
    sign_until: datetime | None
    max_lifetime: timedelta
    margin: timedelta
    revoked_at: datetime | None = None

    @property
    def verify_until(self) -> datetime | None:
        """The last moment at which a token of this key can be good; None while its signing has no end."""
        if self.sign_until is None or self.sign_from is None:
            return self.sign_until
        return self.sign_until + self.max_lifetime + self.margin

    def state(self, now: datetime) -> State:
        if self.revoked_at is not None:
            return State.REVOKED
        end = self.verify_until
        if end is not None and now > end:
            return State.EXPIRED
        if self.sign_from is None:
            return State.VERIFY_ONLY
        if now < self.sign_from:
            return State.STANDBY
        return State.ACTIVE if self.sign_until is None or now < self.sign_until else State.RETIRED

    def misuse(self, now: datetime, issued: float, *, skew: timedelta, linger: timedelta) -> str:
        """Why a good signature seen at `now` on a token with `iat` `issued` can't be ours; else empty.

        A standby does not sign yet, a retired key no more; `skew` is what two clocks may differ by, `linger`
        how long a process of ours may not have heard that its key is retired. Not for the key that signs
        because no turn has begun yet (see `signer`).
        """
        state = self.state(now)
        if state is State.STANDBY and self.sign_from and now < self.sign_from - 2 * skew:
            return "a standby key has signed before its time"
        late = self.sign_until + linger if state is State.RETIRED and self.sign_until else None
        return "a retired key has signed after its time" if late and issued > late.timestamp() else ""

    @property
    def turn(self) -> "Turn":
        if self.sign_from is None:
            return Turn(-math.inf, math.inf, _seconds(self.verify_until))
        return Turn(self.sign_from.timestamp(), _seconds(self.sign_until), _seconds(self.verify_until))


class Turn(NamedTuple):
    """A key's dates as NumericDates: when its turn to sign begins and ends, when all trust in it is over."""

    begins: float
    ends: float
    over: float

    def believes(self, issued: float, *, skew: float, linger: float) -> tuple[float, float]:
        """From when until before when the key is trusted and no `misuse` of a token with `iat` `issued`.

        What is said at each moment of a `Life`, said once for all; `skew` and `linger` in seconds.
        """
        return self.begins - 2 * skew, self.ends if issued > self.ends + linger else self.over


def _seconds(end: datetime | None) -> float:
    return math.inf if end is None else end.timestamp()


L = TypeVar("L", bound=Life)


def signer(lives: Iterable[L], now: datetime, *, skew: timedelta = timedelta(0)) -> L | None:
    """Return the life whose turn it is to sign at `now`: the latest to have begun.

    Where no turn has begun yet, it is the first one's: a test that freezes an earlier day can log in, and so
    can the users of a host whose clock is behind. Else, where it is nobody's turn, it is the next one's that
    begins within `skew`.
    """
    line = [life for life in lives if life.sign_from is not None and life.revoked_at is None]
    active = [life for life in line if life.state(now) is State.ACTIVE]
    if active:
        return max(active, key=begin_of)
    standby = [life for life in line if life.state(now) is State.STANDBY]
    near = [life for life in standby if len(standby) == len(line) or (skew and begin_of(life) <= now + skew)]
    return min(near, key=begin_of, default=None)


def begin_of(life: Life) -> datetime:
    """Return when the turn of a key begins; for one that never signs, when it was published."""
    return life.sign_from or life.published_at


TRUSTED = frozenset({State.STANDBY, State.ACTIVE, State.RETIRED, State.VERIFY_ONLY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned(Life):
    """A key as the planner sees it; `kid` is empty while the key has still to be made."""

    kid: str
    algorithm: str
    verifies_with_private: bool = False  # symmetric and decryption keys: needed until the last token is dead
    private: bool = True  # the private part is there …
    fault: str = ""  # … but this process can't use the key, and why
    judged: bool = True  # False: this process cannot tell whether the row is ours
    tampered: bool = False  # the row is not ours: it can be revoked, and nothing else
    archived: bool = False
    imported: bool = False  # told of a new key only: it was not made here
    reason: str = ""

    def state(self, now: datetime) -> State:
        """Return where the key stands; what the row of a tampered one says of its dates does not count."""
        return State.EXPIRED if self.tampered and self.revoked_at is None else Life.state(self, now)
