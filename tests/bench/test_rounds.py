"""How the bench measures: medians of rounds, ratios within a round, by a given clock."""

import pytest

from bench import rounds
from bench.rounds import Comparison, Contender, half_width, measure, spread


class Clock:
    """Nanoseconds that pass only during work."""

    now = 0

    def __call__(self):
        return self.now

    def work(self, microseconds):
        self.now += round(microseconds * 1000)


@pytest.fixture
def clock():
    return Clock()


def test_the_result_is_the_median_time_and_the_median_ratio(clock):
    """A machine that is slow in some rounds changes the times, but not the ratio."""
    mood = iter(range(10**6))

    def ours():
        clock.work(50_000 * (1 + next(mood) // 7 % 3))

    def theirs():
        clock.work(100_000)

    rows = measure([Comparison("a thing", [Contender("ours", ours), Contender("theirs", theirs)])], 9, clock)
    assert [(row.comparison, row.contender) for row in rows] == [("a thing", "ours"), ("a thing", "theirs")]
    assert rows[0].ratio == 1
    assert rows[1].microseconds == 100_000
    assert rows[1].spread > 0


def test_equal_work_has_the_ratio_one_and_no_noise(clock):
    """The others are compared with the first."""
    same = [Contender(name, lambda: clock.work(2000)) for name in ("ours", "theirs")]
    for row in measure([Comparison("a thing", same)], 5, clock):
        assert (row.microseconds, row.ratio, row.spread) == (2000, 1, 0)


def test_the_argument_of_a_call_is_prepared_off_the_clock(clock):
    """Each call gets its own; none is used twice."""
    prepared, used = [], []

    def prepare():
        clock.work(5000)
        prepared.append(len(prepared))
        return prepared[-1]

    def run(number):
        clock.work(1000)
        used.append(number)

    row, _ = measure([Comparison("x", [Contender("ours", run, prepare), Contender("none", clock)])], 2, clock)
    assert row.microseconds == 1000
    assert used == prepared


def test_each_contender_runs_in_each_round(clock):
    """Whatever the order."""
    comparison = Comparison("x", [Contender(name, lambda: clock.work(10)) for name in "abc"])
    measure([comparison], 4, clock)
    assert {name: len(times) for name, times in comparison.samples.items()} == {"a": 4, "b": 4, "c": 4}


def test_spread_is_half_the_distance_of_the_quartiles():
    """As a part of the median; one number alone has none."""
    assert spread([1.0]) == 0
    assert spread([90, 95, 100, 105, 110]) == pytest.approx(0.075)
    assert half_width([90, 95, 100, 105, 110]) == pytest.approx(7.5)


def test_of_elapsed_time_the_quickest_call_counts(clock):
    """Other programs make some calls slower, and none quicker."""
    takes = iter([9, 700, 30, 20, 500])  # the first refills caches
    contender = Contender("x", lambda: clock.work(next(takes)))
    assert rounds._quickest(clock, contender, 4) == 20
