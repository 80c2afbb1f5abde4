"""`python run.py bench [--rounds N] [--only WORD]`: measure, print the table, write JSON and chart."""
# ruff: noqa: T201 - it prints

import argparse
import os
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "docs" / "performance.json"
CHART = ROOT / "docs" / "images" / "performance.svg"


def main() -> None:
    """Measure what was asked for; only a whole run changes the files of the docs."""
    parser = argparse.ArgumentParser(prog="run.py bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--only", default="", help="comparisons whose title has this in it")
    asked = parser.parse_args()

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.settings")
    django.setup()
    from . import chart, keyrings, report, requests, rounds, stage, tokens

    stage.tables()
    stage.rotate()
    rooms = (tokens, requests, keyrings)
    found = [each for room in rooms for each in room.comparisons() if asked.only in each.title]
    rows = rounds.measure(found, asked.rounds)
    print(report.table(rows))
    for name, value in report.setting().items():
        print(f"{name}: {value}")
    if not asked.only:
        report.write(rows, RESULTS, asked.rounds)
        chart.write(rows, CHART)


if __name__ == "__main__":
    main()
