"""Render the sections of `docs/_data/performance.json` as tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from bench import goals
from bench.records import Records
from bench.rounds import Row

from .markdown import percent, ratio, table, time

SPEED = "speed, Python "  # a section for each Python
SETTINGS = ("settings, a new token", "settings, a repeated token")


def pythons(records: Records) -> list[str]:
    """Return the Python versions of the measurements, newest first."""
    names = [name.removeprefix(SPEED) for name in records if name.startswith(SPEED)]
    return sorted(names, key=lambda name: [int(part) for part in name.split(".")], reverse=True)


def rows_of(records: Records, section: str) -> list[Row]:
    return [Row(**each) for each in records[section]["results"]]


def speed(rows: Iterable[Row]) -> str:
    """Render all comparisons, a line for each contender."""
    lines = []
    compared = [row for row in rows if row.comparison not in SETTINGS]
    for title, group in groupby(compared, key=lambda row: row.comparison):
        for place, row in enumerate(group):
            name, times = ("", ratio(row.ratio)) if place else (title, "")
            lines.append((name, row.contender, time(row.microseconds), times, percent(row.spread)))
    return table(("measured", "by", "time", "× the first", "noise"), lines, words=2)


def reached(records: Records) -> str:
    """Render the goals, with a column for each Python."""
    measured = [f"{SPEED}{python}" for python in pythons(records)]
    columns = [list(goals.outcomes(rows_of(records, each), records[each]["counts"])) for each in measured]
    heads = ("goal", "bound", *(name.removeprefix("speed, ") for name in measured))
    return table(heads, (_goal(line) for line in zip(*columns, strict=True)))


def settings(rows: Sequence[Row]) -> str:
    """Render the cost of `authenticate()` with each setting, for a new token and for a repeated one."""
    new, repeated = ({row.contender: row for row in rows if row.comparison == title} for title in SETTINGS)
    lines = [(name, *_cost(new[name]), *_cost(repeated[name])) for name in new]
    return table(("setting", "a new token", "×", "a repeated token", "×"), lines)


def counts(counted: dict[str, int]) -> str:
    return table(("counted", ""), ((what, str(count)) for what, count in counted.items()))


def setting(records: Records) -> str:
    """Render the environment of the newest Python, and the load during the other measurements."""
    newest, *others = [f"{SPEED}{python}" for python in pythons(records)]
    rest = [*others, *(name for name in ("scale", "throughput") if name in records)]
    servers = {name: version for each in rest for name, version in records[each].get("servers", {}).items()}
    loads = {f"load, {name}": records[name]["setting"]["load"] for name in rest}
    return table(("", ""), [*(records[newest]["setting"] | servers | loads).items()], words=2)


def _goal(outcomes: Sequence[goals.Outcome]) -> tuple[str, ...]:
    goal = outcomes[0].goal
    bound = f"{goal.sign} {goal.bound:,g}"
    return (goal.words, bound, *(_outcome(outcome) for outcome in outcomes))


def _outcome(outcome: goals.Outcome) -> str:
    if outcome.value is None:
        return outcome.verdict
    value = f"{outcome.value:,}" if outcome.goal.column == "count" else ratio(outcome.value)
    return f"{value}, {outcome.verdict}" if outcome.verdict == "met" else f"{value}, **{outcome.verdict}**"


def _cost(row: Row) -> tuple[str, str]:
    return time(row.microseconds), ratio(row.ratio)


def scale(record: Mapping[str, Any]) -> str:
    """Render each step with little and with much stored, and on a server the pages that it reads."""
    lines = []
    for title, (little, much) in _pairs(Row(**each) for each in record["results"]):
        pages = [f"{count:,}" for count in record["pages"].get(title, ())] or ["", ""]
        times = (time(little.microseconds), time(much.microseconds), ratio(much.ratio), percent(much.spread))
        lines.append((title, f"{little.contender} → {much.contender}", *times, " → ".join(pages).strip(" →")))
    return table(("step", "from → to", "little", "much", "×", "noise", "pages"), lines, words=2)


def throughput(record: Mapping[str, Any]) -> str:
    """Render requests per second, also relative to those without authentication, and their times."""
    heads = ("database", "way", "per second", "relative", "noise", "median", "99th percentile", "processor")
    lines = []
    for database, group in groupby(record["results"], key=lambda row: row["database"]):
        for place, row in enumerate(group):
            served = (f"{row['per_second']:,.0f}", f"{row['part'] * 100:.0f} %", percent(row["spread"]))
            took = (time(row[each] * 1000) for each in ("median", "slow", "work"))
            lines.append(("" if place else database, row["way"], *served, *took))
    return table(heads, lines, words=2)


def _pairs(rows: Iterable[Row]) -> Iterator[tuple[str, tuple[Row, Row]]]:
    for title, group in groupby(rows, key=lambda row: row.comparison):
        little, much = group
        yield title, (little, much)
