"""The comparisons that ask a database, on PostgreSQL and MariaDB. Time elapses: the server works, too.

`python -m bench.speed.servers ROUNDS` measures the one that `BENCH_DATABASE` names, and prints JSON.
"""
# ruff: noqa: T201 - it prints

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any, Final, NamedTuple

import django

from bench import rounds

HERE: Final = "bench.speed.servers"


class Kind(NamedTuple):
    """A kind of server: its name, the module that speaks to it, and its usual port."""

    name: str
    driver: str
    port: int


KINDS: Final = {
    "postgresql": Kind("PostgreSQL", "psycopg", 5432),
    "mariadb": Kind("MariaDB", "MySQLdb", 3306),
}


def measured(count: int) -> dict[str, dict[str, Any]]:
    """Return version and rows of each server that is there, by name; say why another one is left out."""
    return {KINDS[alias].name: _measured(alias, count) for alias in available(KINDS)}


def available(aliases: Iterable[str]) -> list[str]:
    """Return those of `aliases` that can be used, and say why not of the others."""
    lacks = {alias: lack(alias) for alias in aliases}
    for why in filter(None, lacks.values()):
        print(why, file=sys.stderr)
    return [alias for alias, why in lacks.items() if not why]


def lack(alias: str) -> str:
    """Return why `alias` can't be measured here; empty if it can."""
    if alias not in KINDS:  # SQLite
        return ""
    name, driver, port = KINDS[alias]
    if find_spec(driver) is None:
        return f"{name}: not measured, since .venv has no {driver}"
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)):
            return f"{name}: not measured, since nothing listens on 127.0.0.1:{port}"
    return ""


def _measured(alias: str, count: int) -> dict[str, Any]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "bench.project.settings",
        "BENCH_DATABASE": alias,
        "BENCH_DATABASE_NAME": f"jwtkit_bench_{os.getpid()}",
    }
    command = [sys.executable, "-m", HERE, str(count)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def main() -> None:
    """Make a database on the server, measure, and drop it."""
    django.setup()
    from django.db import connection

    from bench.project import stage

    from . import logins, requests

    name = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = name
    stage.tables()
    try:
        stage.rotate()
        chosen = [*requests.asking_database(), *logins.comparisons()]
        rows = rounds.measure_elapsed(chosen, int(sys.argv[1]))
        version = ".".join(map(str, connection.get_database_version()))
        print(json.dumps({"version": version, "results": [row._asdict() for row in rows]}))
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


if __name__ == "__main__":
    main()
