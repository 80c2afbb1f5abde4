"""How things are measured here: in one process, in turns, many times.

A machine that others use too is slow now and quick then. So what is compared is run within milliseconds of
each other, in a new order each round. A round gives one ratio, and the median of the ratios is what is told.
It hardly moves between runs, where times move by half.

By default the processor's time counts: nothing here waits, not even for SQLite in memory, so what others take
from the processor is not on the bill. Where a database server does the work, give a clock on the wall.
"""

import gc
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import repeat
from statistics import median, quantiles
from typing import NamedTuple

BATCH = 0.004  # seconds: long enough for the clock, short enough to share one mood of the machine
TICK = 0.001  # microseconds: nothing is quicker, whatever a coarse clock says

Clock = Callable[[], int]  # nanoseconds
Progress = Callable[[int], None]  # is told the number of each round


class Contender(NamedTuple):
    """One way to do a thing. The first of a comparison is ours.

    Where a call uses something up, `prepare` makes it, off the clock, and `run` is handed it.
    """

    name: str
    run: Callable[..., object]
    prepare: Callable[[], object] | None = None


class Row(NamedTuple):
    """What was found of a contender: the median time, and how many times the first one's it is.

    `spread` is the noise: half of what the middle half of the rounds differ by, as a part of the ratio (for
    the first: of the time).
    """

    comparison: str
    contender: str
    microseconds: float
    ratio: float
    spread: float


@dataclass
class Comparison:
    """A thing that several can do, and what each round has found: microseconds a call, by contender."""

    title: str
    contenders: Sequence[Contender]
    found: dict[str, list[float]] = field(default_factory=dict)

    def play(self, calls: dict[str, int], clock: Clock) -> None:
        """One round, in an order that nobody can plan for."""
        for contender in random.sample(self.contenders, len(self.contenders)):
            spent = _time(contender, calls[contender.name], clock)
            self.found.setdefault(contender.name, []).append(spent)

    def calibrate(self, clock: Clock) -> dict[str, int]:
        """How many calls make a batch, for each contender; warms them up too."""
        takes = {each.name: _time(each, _few(each, clock), clock) / 1e6 for each in self.contenders}
        return {name: max(1, int(BATCH / seconds)) for name, seconds in takes.items()}

    def rows(self) -> list[Row]:
        """What was found, a row a contender."""
        ours = self.found[self.contenders[0].name]
        return [self._row(each.name, ours) for each in self.contenders]

    def _row(self, name: str, ours: list[float]) -> Row:
        times = self.found[name]
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
    calls = [comparison.calibrate(clock) for comparison in comparisons]
    gc.collect()
    gc.disable()  # one contender's rubbish is not swept on another's time
    try:
        for number in range(rounds):
            progress(number)
            for comparison, batch in zip(comparisons, calls, strict=True):
                comparison.play(batch, clock)
            gc.collect()
    finally:
        gc.enable()
    return [row for comparison in comparisons for row in comparison.rows()]


def _time(contender: Contender, calls: int, clock: Clock) -> float:
    """Return the microseconds that one call takes, out of a batch of `calls`."""
    if contender.prepare is None:
        first, runs = contender.run, repeat(contender.run, calls)
    else:
        first, *runs = [partial(contender.run, contender.prepare()) for _ in range(calls + 1)]
    first()  # what the contender before has driven out of caches and memory is not on this one's bill
    start = clock()
    for run in runs:
        run()
    return max((clock() - start) / 1000 / calls, TICK)


def _few(contender: Contender, clock: Clock) -> int:
    """How many calls will do to see what one takes; the first one may open keys and import modules."""
    _time(contender, 1, clock)
    return 1 if _time(contender, 1, clock) > 1000 else 50


def spread(numbers: list[float]) -> float:
    """Half of the distance between the quartiles, as a part of the median."""
    if len(numbers) < 2:
        return 0.0
    low, middle, high = quantiles(numbers, n=4)
    return (high - low) / 2 / middle
