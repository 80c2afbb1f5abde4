"""`migrate` makes the keys, and each other use of it works too: manage.py on fresh databases."""

import os
import subprocess
import sys

import pytest

from tests.support.processes import ROOT
from tests.support.scratch import ask, connected, empty_databases

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def fresh(tmp_path):
    """Return two empty databases of the kind of server under test."""
    with empty_databases(tmp_path, "fresh", "fresh_other") as names:
        yield names


@pytest.fixture
def manage(fresh):
    """Run manage.py on the first of them, as from the shell; return what it prints."""
    default, other = fresh
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.keys.rotation.two_databases",
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
    """Return the number of rows, or None without such a table."""
    with connected(name) as there:
        if table not in there.introspection.table_names():
            return None
    [(count,)] = ask(name, f"SELECT COUNT(*) FROM {table}")
    return count


def test_migrating_makes_the_keys_and_back_to_zero_takes_them_away(manage, fresh):
    """Forwards, backwards and forwards again."""
    assert "jwtkit: made 2 keys for ring access" in manage("migrate")
    assert rows(fresh[0], "jwtkit_storedkey") == 8
    assert "no keys were made" not in manage("migrate", "jwtkit", "zero")
    assert rows(fresh[0], "jwtkit_storedkey") is None
    assert "made 2 keys" in manage("migrate", "jwtkit")
    assert "made" not in manage("migrate")


def test_migrating_another_app_first_makes_no_keys(manage, fresh):
    """`migrate auth` on a fresh database: our tables are missing, and that is not an error."""
    assert "jwtkit" not in manage("migrate", "auth")
    assert rows(fresh[0], "jwtkit_storedkey") is None


def test_a_second_database_gets_no_keys(manage, fresh):
    """`migrate --database=other`: keys are made in the database that they are written to, only."""
    assert "made" not in manage("migrate", "--database=other")
    assert rows(fresh[1], "jwtkit_storedkey") == 0
    assert rows(fresh[0], "jwtkit_storedkey") is None
    assert "made 2 keys" in manage("migrate")
