"""A project in a folder of its own, on an empty database of the tests' kind, used as from the shell."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection, connections

from tests.support.processes import ROOT

SETTINGS = """
import os
from datetime import timedelta
from pathlib import Path
from django.utils import timezone
from testproject.settings import *
from testproject.settings import DATABASES

DATABASES["default"]["NAME"] = os.environ["SCRATCH_DATABASE"]
LOG = str(Path(__file__).parent / "log")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"log": {"class": "logging.FileHandler", "filename": LOG, "delay": True}},
    "loggers": {"django_jwtkit": {"handlers": ["log"]}},
}

now, later = timezone.now, timedelta(seconds=float(os.environ["SCRATCH_LATER"]))
timezone.now = lambda: now() + later
"""


@dataclass
class Scratch:
    """The project. `later` is how much time has passed since the real now, by its clock."""

    folder: Path
    database: str
    later: timedelta = field(default=timedelta(0))

    def settings(self, more: str = "") -> None:
        """Write its settings: the test project's, and `more` lines of Python after them."""
        (self.folder / "scratch_settings.py").write_text(f"{SETTINGS}{more}\n")

    def manage(self, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """Run its manage.py, in which nobody sits at the terminal."""
        env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "scratch_settings",
            "PYTHONPATH": os.pathsep.join((str(self.folder), str(ROOT))),
            "COLUMNS": "80",
            "SCRATCH_DATABASE": self.database,
            "SCRATCH_LATER": str(self.later.total_seconds()),
        }
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        return subprocess.run(
            command,
            check=False,
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
            input=stdin,
        )

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask its database."""
        return ask(self.database, sql)

    def log(self) -> str:
        """What our loggers have said since the beginning."""
        log = self.folder / "log"
        return log.read_text() if log.exists() else ""


@contextmanager
def connected(database: str) -> Iterator[Any]:
    """A Django connection to a database of the tests' kind."""
    there = connections.create_connection("default")
    there.settings_dict = {**there.settings_dict, "NAME": database}
    try:
        yield there
    finally:
        there.close()


def ask(database: str, sql: str) -> list[tuple[Any, ...]]:
    """Ask a database of the tests' kind."""
    with connected(database) as there, there.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


@contextmanager
def empty_databases(folder: Path, *names: str) -> Iterator[list[str]]:
    """Empty databases of the tests' kind, by the names that a project knows them by."""
    if connection.vendor == "sqlite":
        yield [str(folder / f"{name}.sqlite3") for name in names]
        return
    mine = [f"jwtkit_{name}_{os.getpid()}" for name in names]
    _everywhere("CREATE DATABASE {}", mine)
    try:
        yield mine
    finally:
        _everywhere("DROP DATABASE {}", mine)


def _everywhere(statement: str, names: list[str]) -> None:
    with connection._nodb_cursor() as cursor:
        for name in names:
            cursor.execute(statement.format(name))
