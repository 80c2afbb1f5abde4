"""Serve, send requests, print the table and update the docs."""
# ruff: noqa: T201 - it prints

import argparse
import random
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench import records
from bench.report import page
from bench.rounds import half_width
from bench.speed.servers import available

from .asking import Load, ask
from .serving import WORKERS, Server, serving
from .ways import NOBODY, WAYS

Loads = dict[tuple[str, str], list[Load]]  # by database and way, one a round


def main() -> None:
    """Measure all ways on all databases, in turns, in a new order each round."""
    parser = argparse.ArgumentParser(prog="run.py bench throughput", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--requests", type=int, default=200, help="per way and round")
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--print", action="store_true", help="leave the docs as they are")
    options = parser.parse_args()
    if not Path("/proc/self/schedstat").exists():
        raise SystemExit(
            "run.py bench: throughput needs Linux, which tells the processor time of the workers."
        )

    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        databases = available(options.databases)
        servers = [stack.enter_context(serving(database, folder)) for database in databases]
        loads = _loads(servers, options.rounds, options.requests)
    record = {
        "setting": records.setting(),
        "rounds": options.rounds,
        "requests": options.requests,
        "workers": WORKERS,
        "results": [_row(database, way.name, loads) for database in databases for way in WAYS],
    }
    if not options.print:
        page.update(records.write("throughput", record))
    print(page.render({"throughput": record}, "throughput"))


def _loads(servers: Sequence[Server], rounds: int, requests: int) -> Loads:
    turns = [(server, way) for server in servers for way in WAYS]
    for server, way in turns:
        ask(server, way, 2 * requests)  # which warms up
    loads: Loads = {(server.database, way.name): [] for server, way in turns}
    for _ in range(rounds):
        for server, way in random.sample(turns, len(turns)):
            loads[server.database, way.name].append(ask(server, way, requests))
    return loads


def _row(database: str, way: str, loads: Loads) -> dict[str, object]:
    own, plain = loads[database, way], loads[database, NOBODY]
    above = [load.work - free.work for load, free in zip(own, plain, strict=True)]
    return {
        "database": database,
        "way": way,
        "work": round(median(load.work for load in own)),
        "above": round(median(above)),
        "noise": round(half_width(above if own is not plain else [load.work for load in own])),
        "per_second": round(median(load.per_second for load in own)),
    }


if __name__ == "__main__":
    main()
