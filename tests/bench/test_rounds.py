"""How the bench measures: medians of rounds, ratios within a round, by a clock that it is given."""

import pytest

from bench.rounds import Comparison, Contender, measure, spread


class Clock:
    """Nanoseconds that pass only while somebody works."""

    now = 0

    def __call__(self):
        return self.now

    def work(self, microseconds):
        self.now += round(microseconds * 1000)


@pytest.fixture
def clock():
    return Clock()


def test_what_is_told_is_the_median_and_the_ratio_of_each_round(clock):
    """A machine that is slow in some rounds moves the times, and leaves the ratio alone."""
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
    """The first is what others are set against."""
    same = [Contender(name, lambda: clock.work(2000)) for name in ("ours", "theirs")]
    for row in measure([Comparison("a thing", same)], 5, clock):
        assert (row.microseconds, row.ratio, row.spread) == (2000, 1, 0)


def test_what_a_call_needs_is_made_off_the_clock(clock):
    """Each call is handed its own; none is used twice."""
    made, used = [], []

    def prepare():
        clock.work(5000)
        made.append(len(made))
        return made[-1]

    def run(number):
        clock.work(1000)
        used.append(number)

    row, _ = measure([Comparison("x", [Contender("ours", run, prepare), Contender("none", clock)])], 2, clock)
    assert row.microseconds == 1000
    assert used == made


def test_each_is_played_in_each_round(clock):
    """Whatever the order."""
    comparison = Comparison("x", [Contender(name, lambda: clock.work(10)) for name in "abc"])
    measure([comparison], 4, clock)
    assert {name: len(times) for name, times in comparison.found.items()} == {"a": 4, "b": 4, "c": 4}


def test_spread_is_half_the_distance_of_the_quartiles():
    """As a part of the median; one number alone has none."""
    assert spread([1.0]) == 0
    assert spread([90, 95, 100, 105, 110]) == pytest.approx(0.075)
