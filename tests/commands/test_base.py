"""What all commands share: garbage in the settings, no tables, exit codes from a real process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from django_jwtkit.checks.project.commands import COMMANDS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def manage(tmp_path):
    """Run manage.py in a process of its own, on an empty SQLite file."""

    def manage(*args, **more):
        env = os.environ | {
            "JWTKIT_DATABASE": "sqlite",
            "JWTKIT_DATABASE_NAME": str(tmp_path / "db.sqlite3"),
            "DJANGO_SETTINGS_MODULE": "testproject.settings",
            **more,
        }
        command = [sys.executable, "manage.py", *args]
        return subprocess.run(
            command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )

    return manage


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_ours_and_explains_itself(name):
    """`manage.py help` finds it, with a help text and --json."""
    assert get_commands()[name] == "django_jwtkit"
    command = load_command_class("django_jwtkit", name)
    assert command.help
    assert "--json" in command.create_parser("manage.py", name).format_help()


@pytest.mark.slow
@pytest.mark.parametrize("args", [["rotate_keys"], ["list_keys"], ["export_jwks"], ["prune_sessions"]])
def test_without_tables_the_remedy_is_migrate(manage, args):
    """Exit 1, one message, no traceback; stdout stays empty."""
    done = manage(*args)
    assert done.returncode == 1
    assert "python manage.py migrate" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.once
def test_the_exit_codes_of_a_real_process(manage):
    """0, 1, 2 and 3, as promised."""
    assert manage("migrate", "-v0").returncode == 0
    assert manage("rotate_keys").returncode == 0
    assert manage("revoke_key", "nothing", "--reason", "x", "--noinput").returncode == 1
    assert manage("revoke_key", "nothing").returncode == 2
    assert manage("rotate_keys", "--now").returncode == 3


@pytest.mark.once
def test_keys_can_be_listed_and_revoked_when_checks_fail(manage, tmp_path):
    """A sealing key that can't be read is a fault that `check` finds: it stops the job, not the rescue."""
    assert manage("migrate", "-v0").returncode == 0
    (kid, *_) = (key["kid"] for key in json.loads(manage("list_keys", "--json").stdout)["keys"])
    gone = 'JWTKIT = {"SEALING_KEYS": [{"id": "1", "path": "/nowhere"}]}'
    (tmp_path / "in_trouble.py").write_text(f"from testproject.settings import *\n{gone}\n")
    trouble = {"DJANGO_SETTINGS_MODULE": "in_trouble", "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    assert manage("rotate_keys", **trouble).returncode == 1
    for args in (
        ["list_keys"],
        ["export_jwks"],
        ["revoke_key", kid, "--reason", "leaked", "--dry-run"],
        ["revoke_key", kid, "--reason", "leaked", "--noinput"],
    ):
        done = manage(*args, **trouble)
        assert (done.returncode, "Error" in done.stderr) == (0, False), done.stderr
    assert "REVOKED" in manage("list_keys", **trouble).stdout


@pytest.mark.django_db
def test_broken_settings_are_a_failure_that_names_check(run, settings):
    """Called by a program the checks don't run: the message says what they would."""
    settings.JWTKIT = {"ALGORITM": "ES256"}
    done = run("rotate_keys")
    assert done.code == 1
    assert "ALGORITHM" in done.err
    assert "python manage.py check" in done.err
