"""Render the sections of `docs/_data/performance.json` as tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from bench import goals
from bench.records import Records
from bench.rounds import Row

from .markdown import percent, ratio, table, time

SPEED = "speed, Python "  # a section for each Python
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mariadb": "MariaDB"}
SETTINGS = ("settings, a new token", "settings, a repeated token")


def pythons(records: Records) -> list[str]:
    """Return the Python versions of the measurements, newest first."""
    names = [name.removeprefix(SPEED) for name in records if name.startswith(SPEED)]
    return sorted(names, key=lambda name: [int(part) for part in name.split(".")], reverse=True)


def rows_of(records: Records, section: str) -> list[Row]:
    return _rows(records[section])


def speed(rows: Iterable[Row]) -> str:
    """Render all comparisons, a line for each contender."""
    lines = []
    compared = [row for row in rows if row.comparison not in SETTINGS]
    for title, group in groupby(compared, key=lambda row: row.comparison):
        for place, row in enumerate(group):
            name, times = ("", ratio(row.ratio)) if place else (title, "")
            lines.append((name, row.contender, time(row.microseconds), times, percent(row.spread)))
    return table(("measured", "by", "time", "× the first", "noise"), lines, words=2)


def servers(by_database: Mapping[str, Mapping[str, Any]]) -> str:
    """Render the comparisons that ask a database, with columns for each server."""
    columns = [{(row.comparison, row.contender): row for row in _rows(each)} for each in by_database.values()]
    heads = [head for database in by_database for head in (database, "×", "noise")]
    lines, title = [], ""
    for comparison, contender in columns[0] if columns else ():
        cells = [cell for column in columns for cell in _cells(column[comparison, contender])]
        lines.append(("" if comparison == title else comparison, contender, *cells))
        title = comparison
    return table(("measured", "by", *heads), lines, words=2)


def reached(records: Records) -> str:
    """Render the goals, with a column for each Python."""
    columns = [list(reached_by(records, python)) for python in pythons(records)]
    heads = ("goal", "bound", *(f"Python {python}" for python in pythons(records)))
    return table(heads, (_goal(line) for line in zip(*columns, strict=True)))


def reached_by(records: Records, python: str) -> Iterator[goals.Outcome]:
    """Yield the outcomes of all that was measured by this Python: here, on servers, and under gunicorn."""
    record = records[f"{SPEED}{python}"]
    rows = rows_of(records, f"{SPEED}{python}")
    for database, each in record.get("servers", {}).items():
        rows += [row._replace(comparison=f"{row.comparison}, {database}") for row in _rows(each)]
    load = records.get("throughput", {})
    if f" {python}." in load.get("setting", {}).get("python", ""):
        rows += _loads(load)
    return goals.outcomes(rows, record["counts"])


def _loads(record: Mapping[str, Any]) -> list[Row]:
    """Return the processor times above no authentication as rows of a comparison."""
    return [
        Row(f"{goals.REQUEST}, {NAMES[each['database']]}", each["way"], each["above"], each["above"], 0)
        for each in record["results"]
    ]


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
    versions = {name: each["version"] for name, each in records[newest].get("servers", {}).items()}
    loads = {f"load, {name}": records[name]["setting"]["load"] for name in rest}
    return table(("", ""), [*(records[newest]["setting"] | versions | loads).items()], words=2)


def _goal(outcomes: Sequence[goals.Outcome]) -> tuple[str, ...]:
    goal = outcomes[0].goal
    bound = f"{goal.sign} {goal.bound:,g}"
    return (goal.words, bound, *(_outcome(outcome) for outcome in outcomes))


def _outcome(outcome: goals.Outcome) -> str:
    if outcome.value is None:
        return "–"
    value = f"{outcome.value:,}" if outcome.goal.column == "count" else ratio(outcome.value)
    return f"{value}, {outcome.verdict}" if outcome.verdict == "met" else f"{value}, **{outcome.verdict}**"


def _from_to(counts: Sequence[int]) -> str:
    """Return both counts, or one if they are the same."""
    return " → ".join(f"{count:,}" for count in dict.fromkeys(counts))


def _cost(row: Row) -> tuple[str, str]:
    return time(row.microseconds), ratio(row.ratio)


def scale(record: Mapping[str, Any]) -> str:
    """Render each step with little and with much stored, and on a server the pages that it reads."""
    lines = []
    for title, (little, much) in _pairs(Row(**each) for each in record["results"]):
        reads = (_from_to(record[what].get(title, ())) for what in ("pages", "queries"))
        times = (time(little.microseconds), time(much.microseconds), ratio(much.ratio), percent(much.spread))
        lines.append((title, f"{little.contender} → {much.contender}", *times, *reads))
    return table(("step", "from → to", "little", "much", "×", "noise", "pages", "queries"), lines, words=2)


def throughput(record: Mapping[str, Any]) -> str:
    """Render the processor time of a request, that above no authentication, and requests per second."""
    heads = ("database", "way", "processor", "above none", "noise", "per second")
    lines = []
    for database, group in groupby(record["results"], key=lambda row: row["database"]):
        for place, row in enumerate(group):
            above = f"{row['above']:,} µs" if row["above"] else ""
            took = (f"{row['work']:,} µs", above, f"± {row['noise']} µs", f"{row['per_second']:,}")
            lines.append(("" if place else NAMES[database], row["way"], *took))
    return table(heads, lines, words=2)


def _rows(record: Mapping[str, Any]) -> list[Row]:
    return [Row(**each) for each in record["results"]]


def _cells(row: Row) -> tuple[str, str, str]:
    """Return time, ratio and noise of a row; the first contender has no ratio."""
    return time(row.microseconds), "" if row.ratio == 1 else ratio(row.ratio), percent(row.spread)


def _pairs(rows: Iterable[Row]) -> Iterator[tuple[str, tuple[Row, Row]]]:
    for title, group in groupby(rows, key=lambda row: row.comparison):
        little, much = group
        yield title, (little, much)
