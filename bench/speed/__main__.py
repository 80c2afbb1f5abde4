"""Measure, print the tables, and update JSON, chart and page of the docs."""
# ruff: noqa: T201 - it prints

import argparse
import os
import sys

import django

from bench import records, rounds


def main() -> None:
    """Measure the chosen comparisons; only a full run changes the docs."""
    parser = argparse.ArgumentParser(prog="run.py bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--only", default="", help="comparisons whose title has this in it")
    parser.add_argument("--print", action="store_true", help="leave the docs as they are")
    options = parser.parse_args()

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.project.settings")
    django.setup()
    from bench.report import page, tables

    rows, counts = _measured(options.only, options.rounds)
    if options.only:
        print(tables.speed(rows))
        return
    python = f"{tables.SPEED}{sys.version_info.major}.{sys.version_info.minor}"
    record = {"setting": records.setting(), "rounds": options.rounds, "counts": counts}
    record["results"] = [row._asdict() for row in rows]
    if not options.print:
        page.update(records.write(python, record))
    print(page.render({python: record}, "speed", "settings", "counts", "setting", "goals"))


def _measured(only: str, count: int) -> tuple[list[rounds.Row], dict[str, int]]:
    from django.conf import settings

    from bench.project import stage

    from . import costs, keyrings, nested, requests, tokens

    stage.tables()
    rooms = (tokens, nested, requests, keyrings, costs)
    stage.rotate()
    chosen = [each for room in rooms for each in room.comparisons() if only in each.title]
    rows = rounds.measure(chosen, count, progress=_progress(count))
    settings.JWTKIT = costs.CACHED
    more = rounds.measure([each for each in costs.cached() if only in each.title], count)
    rows += [row for row in more if row.contender != costs.PLAIN]  # which was measured before
    return rows, {} if only else requests.counts() | keyrings.counts()


def _progress(count: int) -> "rounds.Progress":
    def tell(number: int) -> None:
        if sys.stderr.isatty():
            print(f"\rround {number + 1} of {count} ", end="", file=sys.stderr, flush=True)

    return tell


if __name__ == "__main__":
    main()
