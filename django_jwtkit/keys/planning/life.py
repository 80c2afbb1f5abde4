"""The life of one key: a row of dates, and the state that the clock makes of it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple

from django.utils.translation import gettext_noop

from django_jwtkit.wording import message as _


class State(StrEnum):
    """Where a key stands in its life: a function of its row and the clock, never of the settings."""

    STANDBY = gettext_noop("STANDBY")
    ACTIVE = gettext_noop("ACTIVE")
    RETIRED = gettext_noop("RETIRED")
    VERIFY_ONLY = gettext_noop("VERIFY_ONLY")
    EXPIRED = gettext_noop("EXPIRED")
    REVOKED = gettext_noop("REVOKED")


TRUSTED: Final = frozenset({State.STANDBY, State.ACTIVE, State.RETIRED, State.VERIFY_ONLY})


LATEST: Final = datetime.max.replace(tzinfo=UTC)


class Phase(NamedTuple):
    """A part of a key's life, from `start` until just before `end`; None where the end is not known."""

    state: State
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """The dates of one key.

    It signs in `sign_from <= now < sign_until`; None as the end means that none has been set. A key that
    never signs here has no `sign_from`; its `sign_until` is then the end of all trust in it. `max_lifetime`
    is the longest lifetime of its tokens, `margin` an allowance for wrong clocks and old snapshots.
    """

    published_at: datetime
    sign_from: datetime | None
    sign_until: datetime | None
    max_lifetime: timedelta
    margin: timedelta
    revoked_at: datetime | None = None

    @property
    def begins(self) -> datetime:
        """When the key's turn to sign begins; for a key that never signs, when it was published."""
        return self.sign_from or self.published_at

    @property
    def verify_until(self) -> datetime | None:
        """The last moment at which a token of this key can be good; None while its signing has no end."""
        if self.sign_until is None or self.sign_from is None:
            return self.sign_until
        try:
            return self.sign_until + self.max_lifetime + self.margin
        except OverflowError:  # a row that somebody else has written
            return LATEST

    @property
    def trusted_until(self) -> datetime | None:
        """When all trust ends or has ended: by the dates, or by a revocation that comes before."""
        return min((end for end in (self.revoked_at, self.verify_until) if end is not None), default=None)

    @property
    def signs(self) -> tuple[datetime, datetime | None] | None:
        """When it begins and ends to sign; None for a key that never signs, or was revoked before."""
        ends = [end for end in (self.revoked_at, self.sign_until) if end is not None]
        if self.sign_from is None or any(end <= self.sign_from for end in ends):
            return None
        return self.sign_from, min(ends, default=None)

    @property
    def turn(self) -> "Turn":
        """The dates as numbers, for comparisons with the claims of tokens."""
        if self.sign_from is None:
            return Turn(-math.inf, math.inf, _seconds(self.verify_until))
        return Turn(self.sign_from.timestamp(), _seconds(self.sign_until), _seconds(self.verify_until))

    def state(self, now: datetime) -> State:
        """Return where the key stands at `now`."""
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

    def phases(self) -> Iterator[Phase]:
        """Yield the phases of the life in their order, without empty ones; the last one has no end."""
        begins = self._beginnings()
        if self.revoked_at is not None:
            begins = [(state, start) for state, start in begins if start < self.revoked_at]
            begins.append((State.REVOKED, self.revoked_at))
        for (state, start), (_next, end) in pairwise([*begins, (None, None)]):
            if state is not None and start is not None and (end is None or start < end):
                yield Phase(state, start, end)

    def _beginnings(self) -> list[tuple[State, datetime]]:
        """Return when each state begins, as if the key were never revoked."""
        begins = [(State.VERIFY_ONLY, self.published_at)]
        if self.sign_from is not None:
            begins = [(State.STANDBY, self.published_at), (State.ACTIVE, self.sign_from)]
            if self.sign_until is not None:
                begins.append((State.RETIRED, self.sign_until))
        if self.verify_until is not None:
            begins.append((State.EXPIRED, self.verify_until))
        return begins

    def explain_misuse(self, now: datetime, issued: float, *, skew: timedelta, linger: timedelta) -> str:
        """Say why a token with `iat` `issued` and a good signature can't be ours; empty where it can be.

        A standby does not sign yet at `now`, and a retired key no longer signs. `skew` is the allowed
        difference between two clocks; `linger` is how long one of our processes may go on signing because it
        has not read yet that its key is retired. Do not ask about the key that signs because no turn has
        begun yet (see `signer`).
        """
        state = self.state(now)
        if state is State.STANDBY and self.sign_from and now < self.sign_from - 2 * skew:
            return _("a standby key has signed before its time")
        late = self.sign_until + linger if state is State.RETIRED and self.sign_until else None
        is_late = late is not None and issued > late.timestamp()
        return _("a retired key has signed after its time") if is_late else ""


class TrustWindow(NamedTuple):
    """The interval [begins, ends) in which a token of a key is accepted, as NumericDates."""

    begins: float
    ends: float


NEVER: Final = TrustWindow(math.inf, -math.inf)


class Turn(NamedTuple):
    """A key's dates as NumericDates: when its turn to sign begins and ends, and when all trust in it ends."""

    begins: float
    ends: float
    over: float

    def trust_window(self, issued: float, *, skew: float, linger: float) -> TrustWindow:
        """Return when a token with `iat` `issued` is accepted: `skew` and `linger` are seconds.

        In the window the key is trusted and `Life.explain_misuse` has no objection.
        """
        is_late = issued > self.ends + linger
        return TrustWindow(self.begins - 2 * skew, self.ends if is_late else self.over)


def _seconds(end: datetime | None) -> float:
    return math.inf if end is None else end.timestamp()
