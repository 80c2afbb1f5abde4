"""How things are measured here: in one process, in turns, many times, by the processor's time.

A machine that others use too is slow now and quick then. Nothing here waits, not even for SQLite in memory,
so what others take from the processor isn't counted; and what is compared is run within milliseconds of each
other, in a new order each round. A round gives one ratio, and the median of the ratios is what is told. It
hardly moves between runs, where times move by half.
"""

import gc
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple

BATCH = 0.004  # seconds: long enough for the clock, short enough to share one mood of the machine


class Contender(NamedTuple):
    """One way to do a thing. The first of a comparison is ours."""

    name: str
    run: Callable[[], object]


@dataclass
class Comparison:
    """A thing that several can do, and what each round has found: microseconds a call, by contender."""

    title: str
    contenders: Sequence[Contender]
    found: dict[str, list[float]] = field(default_factory=dict)

    def play(self, calls: dict[str, int]) -> None:
        """One round, in an order that nobody can plan for."""
        for contender in random.sample(self.contenders, len(self.contenders)):
            spent = _time(contender.run, calls[contender.name])
            self.found.setdefault(contender.name, []).append(spent)

    def calibrate(self) -> dict[str, int]:
        """How many calls make a batch, for each contender; warms them up too."""
        return {name: max(1, int(BATCH / (_time(run, _few(run)) / 1e6))) for name, run in self.contenders}

    def results(self) -> list[dict[str, object]]:
        """A row a contender: the median time, and how many times ours it takes."""
        ours = self.found[self.contenders[0].name]
        return [
            {
                "comparison": self.title,
                "contender": name,
                "microseconds": round(median(times), 2),
                "ratio": round(median(time / own for time, own in zip(times, ours, strict=True)), 2),
            }
            for name, times in ((contender.name, self.found[contender.name]) for contender in self.contenders)
        ]


def measure(comparisons: Sequence[Comparison], rounds: int) -> list[dict[str, object]]:
    """Play all comparisons `rounds` times, one after the other, and return their rows."""
    calls = [comparison.calibrate() for comparison in comparisons]
    gc.collect()
    gc.disable()  # one contender's rubbish is not swept on another's time
    try:
        for _ in range(rounds):
            for comparison, batch in zip(comparisons, calls, strict=True):
                comparison.play(batch)
            gc.collect()
    finally:
        gc.enable()
    return [row for comparison in comparisons for row in comparison.results()]


def _time(run: Callable[[], object], calls: int) -> float:
    """Return the microseconds that one call of `run` takes, out of a batch of `calls`."""
    turns = range(calls)
    run()  # what the contender before has driven out of caches and memory is not on this one's bill
    start = time.process_time_ns()
    for _ in turns:
        run()
    return (time.process_time_ns() - start) / 1000 / calls


def _few(run: Callable[[], object]) -> int:
    run()  # the first call may open keys and import modules
    return 1 if _time(run, 1) > 1000 else 50
