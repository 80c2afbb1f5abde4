"""A year of a ring: the keys that the planner makes while the job fails now and then.

The job runs on several hosts, whose clocks are wrong by up to an hour in both directions.

Three mishaps are part of the year. The job is dead for a few days, once for longer than a key's turn, and a
standby is revoked just before its turn. Then `PUBLISH_BEFORE` alone decides how long the next key has been
published; in a quiet year that is a whole turn.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count, cycle
from random import Random
from typing import Final, NamedTuple

from django_jwtkit.conf import Settings
from django_jwtkit.keys import planning
from django_jwtkit.keys.planning import Keys, Planned, Policy, Situation

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
LONG_OUTAGE: Final = (0.9, 2.05)  # in turns: from before one changeover until after the next was due
SHORT_OUTAGES: Final = 2
LOST_BEFORE: Final = 12 * HOUR
WRONG_CLOCKS: Final = (-HOUR, -HOUR / 2, timedelta(0), HOUR / 2, HOUR)
"""How far the clock of each host is ahead."""


class Outage(NamedTuple):
    """The job is dead from `start` until `end`."""

    start: datetime
    end: datetime

    def is_during(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


@dataclass(slots=True)
class Year:
    """The ring's keys at each moment of a year, and the year's mishaps."""

    policy: Policy
    settings: Settings
    start: datetime
    end: datetime
    outages: tuple[Outage, ...]
    one_clock: bool = True  # all hosts go by the database's clock; False: each by its own
    revoked: tuple[datetime, str] | None = None  # when a standby was revoked, and which
    moments: list[datetime] = field(default_factory=list)
    versions: list[Keys] = field(default_factory=list)
    last: dict[str, Planned] = field(default_factory=dict)  # each key as it was in the end, by kid

    def at(self, moment: datetime) -> Keys:
        """Return the keys that a server would have read at `moment`: all that are not archived."""
        place = bisect_right(self.moments, moment) - 1
        return self.versions[max(place, 0)]

    @property
    def keys(self) -> Keys:
        """Each key of the year as it was in the end; its dates hold its whole history."""
        return tuple(self.last.values())

    @property
    def step(self) -> timedelta:
        """How often the job runs: the year has no finer grain than an hour."""
        return max(self.settings.ROTATION_INTERVAL, HOUR)

    def changeovers(self) -> tuple[datetime, ...]:
        """Return the moments at which one key has taken over from another."""
        begins = {key.sign_from for key in self.keys if key.revoked_at is None and key.sign_from is not None}
        return tuple(sorted(moment for moment in begins if self.start < moment <= self.end))

    def runs(self) -> tuple[datetime, ...]:
        """Return when the job ran: at the start, then every `ROTATION_INTERVAL` unless it was dead."""
        return tuple(
            run for run in _schedule(self) if not any(outage.is_during(run) for outage in self.outages)
        )

    def keep(self, moment: datetime, keys: Keys) -> Keys:
        """Record the keys as a plan leaves them; return those that the next plan will read."""
        self.last.update((key.kid, key) for key in keys)
        current = tuple(key for key in keys if not key.archived)
        self.moments.append(moment)
        self.versions.append(current)
        return current


def simulate_year(
    ring: str, settings: Settings, *, start: datetime, days: int, random: Random, one_clock: bool = True
) -> Year:
    """Simulate `days` days of `ring` from `start` under `settings`; `random` decides when mishaps happen.

    Raises `UnknownRing`.
    """
    policy = planning.policy(ring, settings)
    end = start + days * DAY
    year = Year(policy, settings, start, end, tuple(_outages(policy, start, end, random)), one_clock)
    names = (f"key-{number}" for number in count(1))
    wrong = cycle(sorted(WRONG_CLOCKS, key=abs))  # at each run another host is the first to act
    keys: Keys = ()
    runs = year.runs()
    for run, following in zip(runs, (*runs[1:], end), strict=True):
        now = run if one_clock else run + next(wrong)
        keys = year.keep(run, _with_kids(planning.rotate(keys, Situation(policy, now)), names))
        keys = _lose_standby(year, keys, run, following, names)
    return year


def _schedule(year: Year) -> Iterator[datetime]:
    run = year.start
    while run < year.end:
        yield run
        run += year.step


def _outages(policy: Policy, start: datetime, end: datetime, random: Random) -> Iterator[Outage]:
    dies, returns = (start + turns * policy.rotate_every for turns in LONG_OUTAGE)
    if returns < end:
        yield Outage(dies, returns)
    for _ in range(SHORT_OUTAGES):
        dies = start + random.uniform(0.05, 0.95) * (end - start)
        yield Outage(dies, dies + random.uniform(1, 5) * DAY)


def _lose_standby(year: Year, keys: Keys, run: datetime, following: datetime, names: Iterator[str]) -> Keys:
    """Revoke the standby hours before its turn: once, a good while after the long outage."""
    standby = planning.next_key(keys, run)
    if year.revoked is not None or standby is None or standby.sign_from is None:
        return keys
    moment = max(run, standby.sign_from - LOST_BEFORE)
    calm = year.outages[0].end + year.policy.publish_before + 2 * DAY
    if moment >= following or moment < calm:
        return keys
    year.revoked = moment, standby.kid
    after = planning.revoke(keys, Situation(year.policy, moment), {standby.kid}, "lost")
    return year.keep(moment, _with_kids(after, names))


def _with_kids(keys: Keys, names: Iterator[str]) -> Keys:
    return tuple(key if key.kid else replace(key, kid=next(names)) for key in keys)
