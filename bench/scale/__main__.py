"""Measure each step with little and with much stored; print the table and update the docs."""
# ruff: noqa: T201 - it prints

import argparse
import os

import django

from bench import records, rounds


def main() -> None:
    """Measure sessions on PostgreSQL by elapsed time, then keys, rings and issuers on one processor."""
    parser = argparse.ArgumentParser(prog="run.py bench scale", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--few", type=int, default=2_000, help="sessions")
    parser.add_argument("--many", type=int, default=2_000_000, help="sessions")
    parser.add_argument("--print", action="store_true", help="leave the docs as they are")
    options = parser.parse_args()

    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.scale.settings"
    django.setup()
    from bench.report import page

    more, reads = _on_the_server(options.few, options.many, options.rounds)
    rows = _in_this_process(options.rounds)
    record = {"setting": records.setting(), "rounds": options.rounds, **reads}
    record["results"] = [row._asdict() for row in rows + more]
    if not options.print:
        page.update(records.write("scale", record))
    print(page.render({"scale": record}, "scale"))


def _in_this_process(count: int) -> list[rounds.Row]:
    """Measure with many rings and keys, which the pages of sessions do without."""
    from django.conf import settings

    from bench.project import stage

    from . import issuers, keys, rings
    from .settings import WITH_RINGS

    settings.JWTKIT = WITH_RINGS
    stage.rotate()
    rows = rounds.measure([*issuers.comparisons(), *rings.comparisons()], count)
    return rows + rounds.measure(keys.comparisons(), count)  # which forgets the keys of all rings


def _on_the_server(few: int, many: int, count: int) -> tuple[list[rounds.Row], dict[str, object]]:
    """Measure the steps of a session, and a few times the pages of the admin, which take longer."""
    from bench.project import stage

    from . import sessions

    stage.tables()
    with sessions.both(few, many) as sides:
        steps, visits = (sessions.comparisons(sides, each) for each in (sessions.STEPS, sessions.VISITS))
        rows = rounds.measure_elapsed(steps, count)
        rows += rounds.measure_elapsed(visits, max(count // 4, 1), least=3)
        return rows, sessions.reads(sides)


if __name__ == "__main__":
    main()
