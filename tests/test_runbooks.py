"""Our pages for operators are true: each is followed to the letter in a project of its own."""

import json
import secrets
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django.db import connection

from django_jwtkit.conf import Settings
from django_jwtkit.jose import Key
from django_jwtkit.keys import planning
from django_jwtkit.management.reports.chart import timeline
from tests.support import services
from tests.support.processes import ROOT
from tests.support.runbooks import Reader, Step, steps
from tests.support.scratch import Scratch, empty_databases

pytestmark = pytest.mark.runbook

DOCS = ROOT / "docs"
DAY = timedelta(days=1)
LOGIN = """
from django.contrib.auth import get_user_model
from django_jwtkit import sessions
User = get_user_model()
alice = User.objects.filter(username="alice").first() or User.objects.create_user("alice")
print(sessions.start(alice).refresh)
"""
LOGOUT = """
from django.contrib.auth import get_user_model
from django_jwtkit import sessions
sessions.end_all(get_user_model().objects.get())
"""
REFRESH = "from django_jwtkit import sessions; sessions.refresh({token!r}); print('alive')"
SEALED = 'JWTKIT = {{"SEALING_KEYS": [{{"id": "2025", "path": "{folder}/secrets/jwtkit-2025"}}]}}'


@pytest.fixture
def scratch(transactional_db, tmp_path):
    with empty_databases(tmp_path, "scratch") as (name,):
        yield Scratch(tmp_path, name)


@pytest.fixture
def reader(scratch):
    """A project a month old, its keys sealed under the sealing key 2025, and alice logged in twice."""
    reader = Reader(scratch)
    for name in ("2025", "2026", "2027", "copied"):
        (scratch.folder / "secrets" / f"jwtkit-{name}").write_text(secrets.token_urlsafe(32))
    (scratch.folder / "secrets" / "old.pem").write_bytes(Key.generate("RS256").public().to_pem())
    scratch.settings(SEALED.format(folder=scratch.folder))
    done(scratch, "migrate", "-v0")
    scratch.later = 30 * DAY
    for _ in range(2):
        login(scratch)
    return reader


def done(scratch: Scratch, *arguments: str) -> str:
    answer = scratch.manage(*arguments)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def login(scratch: Scratch) -> str:
    """Log alice in; return her refresh token."""
    return done(scratch, "shell", "--no-imports", "-c", LOGIN).splitlines()[-1]


def follow(reader: Reader, page: str, between: Callable[[Step], None] = lambda _: None) -> None:
    page_steps = list(steps(DOCS / page))
    assert len([step for step in page_steps if step.command]) > 2, "the page shows commands"
    for step in page_steps:
        between(step)
        reader.follow(step)


def test_rotating_keys(reader):
    """The job, the simulation, and another key now."""
    follow(reader, "rotating-keys.md")


def test_where_private_keys_rest(reader):
    """A sealing key is changed, copied wrongly, and lost."""
    follow(reader, "where-private-keys-rest.md")


def test_when_a_key_has_leaked(reader):
    """A key, and the sealing key, also where it can't be read."""
    follow(reader, "when-a-key-has-leaked.md")


def test_after_restoring_a_backup(reader):
    """Sessions that ended after the backup are live again, and do not survive the page."""
    scratch = reader.scratch
    alive = REFRESH.format(token=login(scratch))
    with backup(scratch) as restore:
        done(scratch, "shell", "--no-imports", "-c", LOGOUT)
        assert scratch.manage("shell", "--no-imports", "-c", alive).returncode
        ring = json.loads(done(scratch, "list_keys", "--ring", "access", "--json"))["keys"]
        (victim,) = (key["kid"] for key in ring if key["state"] == "ACTIVE")
        done(scratch, "revoke_key", victim, "--reason", "leaked", "--noinput")
        restore()
    assert f"key_revoked: ring access, key {victim}, by " in scratch.log()
    follow(reader, "after-restoring-a-backup.md")
    rows = json.loads(done(scratch, "list_keys", "--json"))["keys"]
    assert {key["state"] for key in rows if key["kid"] == victim} == {"REVOKED"}
    assert "SessionEnded" not in scratch.manage("shell", "--no-imports", "-c", alive).stderr
    assert "UnknownKey" in scratch.manage("shell", "--no-imports", "-c", alive).stderr


class backup:  # noqa: N801 - reads as a verb
    """Back up the database in the way of its kind, and yield a function that restores it."""

    def __init__(self, scratch: Scratch) -> None:
        self.scratch, self.file = scratch, scratch.folder / "backup"

    def __enter__(self) -> Callable[[], None]:
        getattr(self, f"_dump_{connection.vendor}")()
        return getattr(self, f"_restore_{connection.vendor}")

    def __exit__(self, *_: object) -> None:
        self.file.unlink()

    def _dump_sqlite(self) -> None:
        shutil.copy(self.scratch.database, self.file)

    def _restore_sqlite(self) -> None:
        shutil.copy(self.file, self.scratch.database)

    def _dump_postgresql(self) -> None:
        self._run("pg_dump", "--clean", *self._server("-h", "-U"), self.scratch.database, stdout=True)

    def _restore_postgresql(self) -> None:
        self._run(
            "psql", "-q", "-v", "ON_ERROR_STOP=1", *self._server("-h", "-U"), "-d", self.scratch.database
        )

    def _dump_mysql(self) -> None:
        self._run("mariadb-dump", *self._server("-h", "-u"), self.scratch.database, stdout=True)

    def _restore_mysql(self) -> None:
        self._run("mariadb", *self._server("-h", "-u"), self.scratch.database)

    def _server(self, host: str, user: str) -> tuple[str, ...]:
        server = connection.settings_dict
        return host, server["HOST"], user, server["USER"]

    def _run(self, program: str, *arguments: str, stdout: bool = False) -> None:
        if shutil.which(program) is None:
            services.missing(f"needs {program}")
        with self.file.open("wb" if stdout else "rb") as file:
            stream = {"stdout" if stdout else "stdin": file}
            subprocess.run([program, *arguments], check=True, **stream)


def test_the_picture_of_a_normal_year():
    """Drawn by the planner and by `list_keys`: the job every day, the default settings."""
    policy, start, names = planning.policy("access", Settings()), datetime(2026, 1, 1, tzinfo=UTC), count(1)
    keys: planning.Keys = ()
    for day in range(216):
        after = planning.rotate(keys, planning.Situation(policy, start + day * DAY))
        keys = tuple(key if key.kid else replace(key, kid=f"key-{next(names)}") for key in after)
    picture = "\n".join(timeline(keys, start + 215 * DAY, width=100))
    assert f"```text\n{picture}\n```" in (DOCS / "rotating-keys.md").read_text()
