"""Measure each step with little and with much stored; print the table and update the docs."""
# ruff: noqa: T201 - it prints

import argparse
import os

import django

from bench import records, rounds


def main() -> None:
    """Measure keys, rings and issuers on one processor, then sessions on PostgreSQL by elapsed time."""
    parser = argparse.ArgumentParser(prog="run.py bench scale", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--few", type=int, default=2_000, help="sessions")
    parser.add_argument("--many", type=int, default=2_000_000, help="sessions")
    parser.add_argument("--print", action="store_true", help="leave the docs as they are")
    options = parser.parse_args()

    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.scale.settings"
    django.setup()
    from bench.report import page

    rows = _in_this_process(options.rounds)
    more, pages, server = _on_the_server(options.few, options.many, options.rounds)
    results = [row._asdict() for row in rows + more]
    record = {"setting": records.setting(), "servers": {"postgresql": server}, "rounds": options.rounds}
    record |= {"pages": pages, "results": results}
    if not options.print:
        page.update(records.write("scale", record))
    print(page.render({"scale": record}, "scale"))


def _in_this_process(count: int) -> list[rounds.Row]:
    from bench.project import stage

    from . import issuers, keys, rings

    stage.tables()
    rows = rounds.measure([*issuers.comparisons(), *rings.comparisons()], count)
    return rows + rounds.measure(keys.comparisons(), count)  # which forgets the keys of all rings


def _on_the_server(few: int, many: int, count: int) -> tuple[list[rounds.Row], dict[str, list[int]], str]:
    from . import sessions

    with sessions.both(few, many) as sides:
        rows = rounds.measure_elapsed(sessions.comparisons(sides), count)
        return rows, sessions.pages(sides), sessions.version(sides)


if __name__ == "__main__":
    main()
