"""`list_keys`: the table, the picture and the history."""

import io
import json
from datetime import timedelta

import pytest

from django_jwtkit import keys, moments
from django_jwtkit.keys import State, StoredKey
from django_jwtkit.management.reports.chart import ASCII, BLOCKS, timeline

pytestmark = pytest.mark.django_db
PRIVATE = {"d", "k", "p", "q", "dp", "dq", "qi", "sealed", "private"}


def test_every_key_stands_in_the_table(run, a_key):
    """Kid, ring, algorithm, state and dates, a line a key."""
    out = run("list_keys").out
    row = next(line for line in out.splitlines() if line.startswith(a_key().kid[:12]))
    assert row.split()[1:4] == ["access", "ES256", "ACTIVE"]
    assert sum("STANDBY" in line for line in out.splitlines()) == 4


def test_json_has_the_promised_members(run, a_key):
    """`{"keys": [...]}` with ISO 8601 in UTC."""
    data = run("list_keys", "--json").data
    key = next(each for each in data["keys"] if each["kid"] == a_key().kid)
    assert list(data) == ["keys"]
    assert (key["ring"], key["algorithm"], key["state"]) == ("access", "ES256", "ACTIVE")
    for name in ("published_at", "sign_from", "sign_until", "verify_until"):
        assert key[name].endswith("Z")


@pytest.mark.threat("LEAK-010", "KEY-012")
def test_nothing_private_is_ever_printed(run):
    """No command has a switch for it: no ciphertext, no private member."""
    out = run("list_keys", "--json").out
    assert PRIVATE.isdisjoint(json.loads(out)["keys"][0])
    assert all(row.sealed[:40] not in out for row in StoredKey.objects.all())


def test_one_ring_is_enough(run):
    """--ring leaves the others out, and refuses what is no ring."""
    assert {key["ring"] for key in run("list_keys", "--ring", "kinds", "--json").data["keys"]} == {"kinds"}
    assert run("list_keys", "--ring", "nope").code == 2


def test_a_stdout_without_blocks_gets_ascii(run):
    """A log in latin-1 or ASCII is no reason to crash, nor is a reason in Greek."""
    keys.revoke(StoredKey.objects.first().kid, reason="διαρροή")
    out = run("list_keys", stdout=io.TextIOWrapper(io.BytesIO(), encoding="ascii")).out
    assert "#" in out
    assert "\u2588" not in out


def test_the_history_tells_who_did_what(run, a_key):
    """--events: from `KeyEvent`, oldest first."""
    kid = a_key().kid
    keys.revoke(kid, reason="lost a laptop", by="olga", source="admin")
    out = run("list_keys", "--events").out
    line = next(line for line in out.splitlines() if " revoked " in line)
    assert kid[:12] in line
    assert "olga" in line
    assert "lost a laptop" in line
    assert "SOURCE" in out.splitlines()[0]
    events = run("list_keys", "--events", "--json").data["events"]
    assert {event["source"] for event in events if event["who"] == "olga"} == {"admin"}


def test_a_reason_cannot_drive_the_terminal(run, a_key):
    """Escape sequences in what somebody once typed are shown, not obeyed."""
    keys.revoke(a_key().kid, reason="\x1b[2Jgone")
    out = run("list_keys", "--events").out
    assert "\x1b" not in out
    assert "\\x1b[2Jgone" in out


def test_without_keys_it_says_how_to_make_them(run):
    """An empty table is an instruction."""
    StoredKey.objects.all().delete()
    assert "python manage.py rotate_keys" in run("list_keys").out


@pytest.mark.parametrize("width", [1, 80, 100, 120, 400])
def test_the_picture_fits_80_to_120_columns(width):
    """Whatever the terminal says of itself."""
    lines = timeline(list(StoredKey.objects.all()), moments.now(), width=width)
    assert max(map(len, lines)) <= min(max(width, 80), 120)


def test_the_picture_shows_publication_signing_and_verifying(a_key):
    """A bar has its three lengths in their order, and now where it is."""
    row = a_key("refresh")
    row.published_at -= timedelta(days=30)
    row.sign_from -= timedelta(days=15)
    (bar, *_) = timeline([row], moments.now(), width=100, ink=ASCII)
    drawn = bar[13:]
    assert drawn.index(".") < drawn.index("#") < drawn.index("|") < drawn.index("=")


def test_a_revoked_standby_never_signs_in_the_picture(a_key):
    """A key that was revoked before its turn has had none."""
    row = a_key(state=State.STANDBY)
    keys.revoke(row.kid, reason="test")
    row.refresh_from_db()
    bar = timeline([row], moments.now(), width=100, ink=BLOCKS)[0]
    assert BLOCKS.signing not in bar


@pytest.mark.parametrize("columns", [{"public_jwk": "{not json"}, {"alg": "XX256"}, {"sealed": "garbage"}])
def test_a_corrupt_row_is_listed_like_any(run, a_key, columns):
    """A broken key must be visible, to be revoked."""
    kid = a_key().kid
    StoredKey.objects.filter(kid=kid).update(**columns)
    done = run("list_keys")
    assert done.code == 0
    assert kid[:12] in done.out
    assert run("rotate_keys").code == 0
    assert run("revoke_key", kid, "--reason", "corrupt", "--noinput").code == 0


def test_a_fault_is_part_of_the_state(run, a_key, settings):
    """A key that is sealed under a key that is not here does not look healthy in the table."""
    settings.SECRET_KEY = "another-secret-key-that-nobody-has-seen-9876543210-abcdefghij"
    table = run("list_keys").out.partition("These keys cannot be used")[0]
    assert table.count("ACTIVE, cannot sign") == 3
    assert table.count("ACTIVE, cannot encrypt") == 1
    assert table.count("STANDBY, cannot sign") == 3


def test_a_revocation_ends_all_dates(run, a_key):
    """One effective end, for people and for programs; a revoked standby has never signed."""
    kids = [a_key().kid, a_key(state=State.STANDBY).kid]
    for kid in kids:
        run("revoke_key", kid, "--reason", "leaked", "--noinput")
    by_kid = {key["kid"]: key for key in run("list_keys", "--json").data["keys"]}
    active, standby = (by_kid[kid] for kid in kids)
    assert active["sign_until"] == active["verify_until"] == active["revoked_at"]
    assert standby["verify_until"] == standby["revoked_at"]


def test_a_ring_without_consumers_is_not_warned_about_them(run):
    """Its keys are published nowhere: our own processes must know the next one."""
    run("rotate_keys", "--ring", "refresh", "--now")
    err = run("rotate_keys", "--ring", "refresh", "--now").err
    assert "other processes of yours may not know the next key of refresh" in err
    assert "consumers" not in err
