"""`migrate` makes the keys, and every other way to call it goes well too: manage.py on fresh databases."""

import os
import subprocess
import sys

import pytest
from django.db import connection, connections

from tests.processes import ROOT

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = ("jwtkit_fresh", "jwtkit_fresh_other")


@pytest.fixture
def fresh(tmp_path):
    """Two empty databases of this test's kind of server."""
    if connection.vendor == "sqlite":
        yield [str(tmp_path / f"{name}.sqlite3") for name in NAMES]
        return
    names = [f"{name}_{os.getpid()}" for name in NAMES]
    _everywhere("CREATE DATABASE {}", names)
    yield names
    _everywhere("DROP DATABASE {}", names)


def _everywhere(statement, names):
    with connection._nodb_cursor() as cursor:
        for name in names:
            cursor.execute(statement.format(name))


@pytest.fixture
def manage(fresh):
    """Run manage.py on the first of them, as from the shell; return what it prints."""
    default, other = fresh
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.keys.two_databases",
        "JWTKIT_DATABASE_NAME": default,
        "JWTKIT_OTHER_DATABASE": other,
    }

    def manage(*arguments):
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, check=False, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    return manage


def rows(name, table):
    """How many rows there are, or None without such a table."""
    there = connections.create_connection("default")
    there.settings_dict = {**there.settings_dict, "NAME": name}
    try:
        if table not in there.introspection.table_names():
            return None
        with there.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM {table}")
            return cursor.fetchone()[0]
    finally:
        there.close()


def test_migrating_makes_the_keys_and_back_to_zero_takes_them_away(manage, fresh):
    """There and back and there again."""
    assert "jwtkit: made 2 keys for ring access" in manage("migrate")
    assert rows(fresh[0], "jwtkit_storedkey") == 8
    assert "no keys were made" not in manage("migrate", "jwtkit", "zero")
    assert rows(fresh[0], "jwtkit_storedkey") is None
    assert "made 2 keys" in manage("migrate", "jwtkit")
    assert "made" not in manage("migrate")


def test_migrating_another_app_first_does_nothing_of_ours(manage, fresh):
    """`migrate auth` on a fresh database: our tables are not there yet, and that is no fault."""
    assert "jwtkit" not in manage("migrate", "auth")
    assert rows(fresh[0], "jwtkit_storedkey") is None


def test_a_second_database_gets_no_keys(manage, fresh):
    """`migrate --database=other`: keys live where they are written, and the first may still be empty."""
    assert "made" not in manage("migrate", "--database=other")
    assert rows(fresh[1], "jwtkit_storedkey") == 0
    assert rows(fresh[0], "jwtkit_storedkey") is None
    assert "made 2 keys" in manage("migrate")
