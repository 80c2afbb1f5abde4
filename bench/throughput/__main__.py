"""Serve, send requests, print the tables and update the docs."""
# ruff: noqa: T201 - it prints

import argparse
import random
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from statistics import median

from bench import records
from bench.report import page
from bench.rounds import spread

from .asking import Load, ask, find
from .serving import WORKERS, Server, serving
from .ways import NOBODY, WAYS

Loads = dict[tuple[str, str], list[Load]]  # by database and way, one a round


def main() -> None:
    """Measure all ways on all databases, in turns, in a new order each round."""
    parser = argparse.ArgumentParser(prog="run.py bench throughput", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1, help="per way and round")
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--print", action="store_true", help="leave the docs as they are")
    options = parser.parse_args()
    find()

    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        servers = [stack.enter_context(serving(database, folder)) for database in options.databases]
        loads = _loads(servers, options.rounds, options.seconds)
    record = {
        "setting": records.setting(),
        "rounds": options.rounds,
        "seconds": options.seconds,
        "workers": WORKERS,
        "results": _rows(loads, options.databases),
    }
    if not options.print:
        page.update(records.write("throughput", record))
    print(page.render({"throughput": record}, "throughput"))


def _loads(servers: Sequence[Server], rounds: int, seconds: float) -> Loads:
    turns = [(server, way) for server in servers for way in WAYS]
    loads: Loads = {(server.database, way.name): [] for server, way in turns}
    for number in range(rounds + 1):
        for server, way in random.sample(turns, len(turns)):
            load = ask(server, way, seconds if number else 1)
            if number:  # the round before the first warms up
                loads[server.database, way.name].append(load)
    return loads


def _rows(loads: Loads, databases: Sequence[str]) -> list[dict[str, object]]:
    return [_row(database, way.name, loads) for database in databases for way in WAYS]


def _row(database: str, way: str, loads: Loads) -> dict[str, object]:
    own, plain = loads[database, way], loads[database, NOBODY]
    parts = [mine.per_second / free.per_second for mine, free in zip(own, plain, strict=True)]
    return {
        "database": database,
        "way": way,
        "per_second": round(median(load.per_second for load in own), 1),
        "part": round(median(parts), 3),
        "spread": round(spread(parts if own is not plain else [load.per_second for load in own]), 3),
        "median": round(median(load.median for load in own), 2),
        "slow": round(median(load.slow for load in own), 2),
        "work": round(median(load.work for load in own), 2),
    }


if __name__ == "__main__":
    main()
