"""Secrets stay out of the files that people copy, and the documents say what no program can help."""

import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command

import django_jwtkit
from django_jwtkit import keys, moments
from tests.support.leaks import Ears

PACKAGE = Path(django_jwtkit.__file__).parent
ROOT = PACKAGE.parent
PEM = re.compile(r"-----BEGIN [A-Z ]+-----\s*[A-Za-z0-9+/]{20}")
COMMANDS = [
    ("makemigrations", "jwtkit", "--dry-run"),
    ("makemigrations", "jwtkit", "--empty", "--dry-run"),
    ("inspectdb", "jwtkit_storedkey", "jwtkit_ring"),
]


@pytest.fixture
def vault(db, ears: Ears):
    """The run's secrets, and the private keys of now."""
    for ring in ("access", "refresh", "kinds", "encryption"):
        key = keys.signing_key(ring, now=moments.now(), lifetime=timedelta(minutes=1))
        ears.note_key(key.to_dict(private=True))
    return ears


@pytest.mark.threat("LEAK-009")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_migration_is_written_with_a_key(vault, command):
    """On a database full of keys, at the highest verbosity: `migrate` makes them, and no migration does."""
    out = io.StringIO()
    name, *options = command
    call_command(name, *options, stdout=out, verbosity=3, no_color=True)
    assert vault.leaks(out.getvalue()) == []


@pytest.mark.threat("LEAK-009")
def test_nothing_that_is_shipped_holds_a_key(vault):
    """No fixture, no sample key, no secret of this project's own settings."""
    assert not list(PACKAGE.rglob("fixtures"))
    for file in PACKAGE.rglob("*"):
        if file.is_file() and file.suffix in {".py", ".html", ".json", ".txt", ".css", ".js"}:
            text = file.read_text(encoding="utf-8")
            # Keys and tokens; a password of some test may well be a word that stands here too.
            assert [piece for piece in vault.leaks(text) if len(piece) >= 16] == [], file
            assert not PEM.search(text), file


@pytest.mark.threat("LEAK-014")
@pytest.mark.parametrize("limit", ["core dumps", "swap", "DEBUG", "include_local_variables=False"])
def test_what_no_program_can_help_is_documented(limit):
    """In the file that people read before they trust a package."""
    section = (ROOT / "SECURITY.md").read_text(encoding="utf-8").partition("## What it cannot do for you")[2]
    assert limit in section
