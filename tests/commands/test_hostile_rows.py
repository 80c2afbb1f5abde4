"""What somebody has written into a row past the code never reaches a terminal as it is."""

import io
import json
from contextlib import suppress

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import OperationalError, connection

from django_jwtkit import keys, moments, tokens
from django_jwtkit.keys import KeyEvent, StoredKey
from tests.test_escaping import HOSTILE

pytestmark = pytest.mark.django_db
HOSTILE_KID = HOSTILE.replace("\x00", "")  # which PostgreSQL keeps in no column


def control_characters(text):
    """The characters of `text` that no terminal may get, each line break of ours apart."""
    return {character for character in text.replace("\n", "") if not character.isprintable()}


def is_clean(text):
    """Whether nothing in `text` commands a terminal, and no line begins with what the row says."""
    return not control_characters(text) and not any(
        line.startswith("CRITICAL forged") for line in text.splitlines()
    )


@pytest.fixture
def hostile_rows():
    """A key that cannot be used, one that was revoked, and their history, all written past the code."""
    good = StoredKey.objects.filter(ring_id="access").first()
    dates = {name: getattr(good, name) for name in ("published_at", "max_lifetime", "margin")}
    row = {"ring_id": "access", "alg": "ES256", "use": "sig", "public_jwk": "{", **dates}
    StoredKey.objects.create(kid=HOSTILE_KID[:40], **row)
    StoredKey.objects.create(
        kid="revoked" + HOSTILE_KID[:30], revoked_at=moments.now(), reason=HOSTILE_KID, **row
    )
    KeyEvent.objects.create(
        ring_id="access",
        kid=HOSTILE_KID[:40],
        action="made",
        at=moments.now(),
        who=HOSTILE_KID,
        detail=HOSTILE_KID,
    )
    keys.forget()


@pytest.mark.threat("LEAK-003")
@pytest.mark.parametrize(
    "command",
    [
        ("list_keys",),
        ("keys_status",),
        ("list_keys", "--events"),
        ("list_keys", "--json", "--events"),
        ("rotate_keys", "--dry-run"),
        ("rotate_keys", "--json"),
        ("revoke_key", "zz", "--reason", "damaged", "--dry-run"),
        ("revoke_key", "zz", "--reason", "damaged", "--noinput"),
        ("revoke_key", "revoked", "--reason", "damaged", "--noinput"),
        ("revoke_key", "z", "--reason", "damaged", "--noinput", "--json"),
        ("revoke_key", "zy", "--reason", "damaged", "--noinput"),
        ("revoke_key", "--ring", "access", "--reason", "damaged", "--dry-run"),
        ("export_jwks",),
        ("reseal_keys", "--dry-run"),
        ("simulate_rotation", "--days", "3"),
        ("inspect_token",),
    ],
    ids=" ".join,
)
def test_no_command_prints_a_control_character(hostile_rows, run, alice, command):
    """On stdout, on stderr, in errors and in JSON."""
    done = run(*command, piped=tokens.issue(alice, claims={"name": HOSTILE}))
    assert is_clean(done.out), done.out
    assert is_clean(done.err), done.err
    if "--json" in command:
        assert json.loads(done.out)


@pytest.mark.threat("LEAK-003")
def test_no_check_prints_a_control_character(hostile_rows):
    """Neither in what is wrong nor in what to do."""
    output = io.StringIO()
    with suppress(SystemCheckError):
        call_command("check", databases=["default"], stderr=output, stdout=output)
    assert "zz" in output.getvalue()
    assert is_clean(output.getvalue().replace("\n\tHINT", "\nHINT")), output.getvalue()


@pytest.mark.threat("LEAK-003")
def test_no_error_prints_a_control_character(run):
    """What the operator typed comes back escaped too."""
    for command in (
        ("list_keys", "--ring", HOSTILE),
        ("revoke_key", HOSTILE, "--reason", "x", "--noinput"),
        ("rotate_keys", "--ring", HOSTILE),
        ("generate_key", "--ring", "access", "--algorithm", HOSTILE),
    ):
        done = run(*command)
        assert done.code
        assert not control_characters(done.err), done.err


def test_a_read_only_database_is_named(run):
    """`migrate` would not help."""

    def refuse(execute, sql, *rest):
        if sql.startswith(("UPDATE", "INSERT")):
            raise OperationalError("cannot execute UPDATE in a read-only transaction\n")
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse):
        done = run("rotate_keys", "--ring", "access", "--now", "--force")
    assert done.code == 1
    assert "The database is read-only" in done.err
    assert "migrate" not in done.err
