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

    from . import servers

    rows, counts = _measured(options.only, options.rounds)
    if options.only:
        print(tables.speed(rows))
        return
    python = f"{tables.SPEED}{sys.version_info.major}.{sys.version_info.minor}"
    record = {"setting": records.setting(), "rounds": options.rounds, "counts": counts}
    record |= {
        "results": [row._asdict() for row in rows],
        "servers": servers.measured(max(options.rounds // 2, 1)),
    }
    if not options.print:
        page.update(records.write(python, record))
    print(page.render({python: record}, "speed", "servers", "settings", "counts", "setting", "goals"))


def _measured(only: str, count: int) -> tuple[list[rounds.Row], dict[str, int]]:
    """Measure what runs in this process: under the project's settings, and then under others."""
    from django.conf import settings

    from bench.project import stage

    from . import costs, first_use, keyrings, logins, nested, published, requests, tokens

    stage.tables()
    stage.rotate()
    modules = (tokens, nested, requests, logins, keyrings, first_use, costs)
    chosen = [each for module in modules for each in module.comparisons()]
    rows = rounds.measure(_named(only, [*chosen, *published.few()]), count, progress=_progress(count))
    counts = {} if only else logins.counts() | keyrings.counts()
    for changed, comparisons in ((costs.CACHED, costs.cached), (published.SETTINGS, published.many)):
        settings.JWTKIT = changed
        later = rounds.measure(_named(only, comparisons()), count)
        rows += [row for row in later if row.contender != costs.PLAIN]  # which was measured before
    return rows, counts


def _named(part: str, comparisons: list[rounds.Comparison]) -> list[rounds.Comparison]:
    return [each for each in comparisons if part in each.title]


def _progress(count: int) -> "rounds.Progress":
    def tell(number: int) -> None:
        if sys.stderr.isatty():
            print(f"\rround {number + 1} of {count} ", end="", file=sys.stderr, flush=True)

    return tell


if __name__ == "__main__":
    main()
