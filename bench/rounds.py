"""Measure contenders in one process, in turns, many times.

A shared machine is slow at one moment and fast at the next. So contenders run within milliseconds of each
other, in a new order each round. A round gives one ratio, and we report the median of the ratios. It hardly
changes between runs, while times change by half.

By default the processor's time counts: nothing here waits, not even for SQLite in memory, so other programs
do not affect it. Where a database server does the work, elapsed time counts, of the quickest call of each
batch: other programs make some calls slower, and none quicker.
"""

import gc
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import repeat
from statistics import median, quantiles
from typing import NamedTuple

BATCH = 0.004  # seconds: long enough for the clock, so short that the load hardly changes
QUICKEST_OF = 8  # calls, at least
TICK = 0.001  # microseconds: the least that a coarse clock can measure

Clock = Callable[[], int]  # nanoseconds
Timing = Callable[["Contender", int], float]  # the microseconds of a call, out of a batch of so many
Progress = Callable[[int], None]  # receives the number of each round


class Contender(NamedTuple):
    """One way to do a thing. The first of a comparison is ours.

    If a call consumes something, `prepare` makes it, off the clock, and `run` receives it.
    """

    name: str
    run: Callable[..., object]
    prepare: Callable[[], object] | None = None


class Row(NamedTuple):
    """The result of a contender: its median time, and its ratio to the first one's.

    `spread` is the noise: half the distance between the quartiles, as a fraction of the ratio (for the first
    contender, of the time).
    """

    comparison: str
    contender: str
    microseconds: float
    ratio: float
    spread: float


@dataclass
class Comparison:
    """A task for several contenders, and the microseconds per call of each round, by contender."""

    title: str
    contenders: Sequence[Contender]
    samples: dict[str, list[float]] = field(default_factory=dict)

    def play(self, calls: dict[str, int], timing: Timing) -> None:
        """Run one round, in a random order."""
        for contender in random.sample(self.contenders, len(self.contenders)):
            spent = timing(contender, calls[contender.name])
            self.samples.setdefault(contender.name, []).append(spent)

    def calibrate(self, timing: Timing, least: int) -> dict[str, int]:
        """Return how many calls make a batch, for each contender; warm them up too."""
        takes = {each.name: timing(each, _few(each, timing)) / 1e6 for each in self.contenders}
        return {name: max(least, int(BATCH / seconds)) for name, seconds in takes.items()}

    def rows(self) -> list[Row]:
        """Return a row for each contender."""
        ours = self.samples[self.contenders[0].name]
        return [self._row(each.name, ours) for each in self.contenders]

    def _row(self, name: str, ours: list[float]) -> Row:
        times = self.samples[name]
        ratios = [time / own for time, own in zip(times, ours, strict=True)]
        noise = round(spread(times if times is ours else ratios), 3)
        return Row(self.title, name, round(median(times), 2), round(median(ratios), 3), noise)


def measure(
    comparisons: Sequence[Comparison],
    rounds: int,
    clock: Clock = time.process_time_ns,
    progress: Progress = lambda _: None,
) -> list[Row]:
    """Play all comparisons `rounds` times, one after the other, and return their rows."""
    return _measure(comparisons, rounds, partial(_mean, clock), progress)


def measure_elapsed(comparisons: Sequence[Comparison], rounds: int, least: int = QUICKEST_OF) -> list[Row]:
    """Do the same by elapsed time, of the quickest call of each batch, which has `least` calls or more."""
    return _measure(comparisons, rounds, partial(_quickest, time.perf_counter_ns), least=least)


def _measure(
    comparisons: Sequence[Comparison],
    rounds: int,
    timing: Timing,
    progress: Progress = lambda _: None,
    least: int = 1,
) -> list[Row]:
    calls = [comparison.calibrate(timing, least) for comparison in comparisons]
    gc.collect()
    gc.disable()  # so that no contender pays for the garbage of another
    try:
        for number in range(rounds):
            progress(number)
            for comparison, batch in zip(comparisons, calls, strict=True):
                comparison.play(batch, timing)
            gc.collect()
    finally:
        gc.enable()
    return [row for comparison in comparisons for row in comparison.rows()]


def _mean(clock: Clock, contender: Contender, calls: int) -> float:
    """Return the microseconds that one call takes, out of a batch of `calls`."""
    runs = _runs(contender, calls)
    start = clock()
    for run in runs:
        run()
    return max((clock() - start) / 1000 / calls, TICK)


def _quickest(clock: Clock, contender: Contender, calls: int) -> float:
    """Return the microseconds of the quickest call of a batch."""

    def spent(run: Callable[[], object]) -> int:
        start = clock()
        run()
        return clock() - start

    return max(min(map(spent, _runs(contender, calls))) / 1000, TICK)


def _runs(contender: Contender, calls: int) -> Iterable[Callable[[], object]]:
    """Return so many calls, after one more that refills the caches which the contender before has used."""
    if contender.prepare is None:
        first, runs = contender.run, repeat(contender.run, calls)
    else:
        first, *runs = [partial(contender.run, contender.prepare()) for _ in range(calls + 1)]
    first()
    return runs


def _few(contender: Contender, timing: Timing) -> int:
    """Return how many calls it takes to estimate one; the first may open keys and import modules."""
    timing(contender, 1)
    return 1 if timing(contender, 1) > 1000 else 50


def half_width(numbers: list[float]) -> float:
    """Return half the distance between the quartiles."""
    if len(numbers) < 2:
        return 0.0
    low, _, high = quantiles(numbers, n=4)
    return (high - low) / 2


def spread(numbers: list[float]) -> float:
    """Return the same as a fraction of the median."""
    return half_width(numbers) / median(numbers)
