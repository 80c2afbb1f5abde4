"""`generate_key` and `export_jwks`."""

import json

import pytest

from django_jwtkit import keys
from django_jwtkit.keys import State, StoredKey

pytestmark = pytest.mark.django_db


def test_the_first_key_of_a_ring_signs_at_once(run, a_key):
    """And a standby is made behind it."""
    StoredKey.objects.all().delete()
    done = run("generate_key", "--json")
    assert done.code == 0
    assert a_key().kid in done.data["kids"]
    assert a_key(state=State.STANDBY).kid in done.data["kids"]


def test_another_key_stands_by(run, a_key):
    """It waits at the end of the line, and nothing changes today."""
    before = a_key().kid
    (kid,) = run("generate_key", "--ring", "access", "--algorithm", "RS256", "--json").data["kids"]
    row = StoredKey.objects.get(kid=kid)
    assert (row.alg, row.state()) == ("RS256", State.STANDBY)
    assert a_key().kid == before


@pytest.mark.parametrize(
    ("ring", "wrong", "near"), [("access", "es256", "ES256"), ("encryption", "A256K", "A256KW")]
)
def test_a_mistyped_algorithm_is_usage(run, ring, wrong, near):
    """Exit 2, with the nearest name; nothing is made."""
    before = StoredKey.objects.count()
    done = run("generate_key", "--ring", ring, "--algorithm", wrong)
    assert done.code == 2
    assert near in done.err
    assert StoredKey.objects.count() == before


@pytest.mark.threat("LEAK-010")
def test_the_secret_is_never_printed(run):
    """A log of the job holds nothing that signs."""
    done = run("generate_key", "--ring", "refresh", "--json")
    (kid,) = done.data["kids"]
    secret = (
        keys.snapshots.Entry.of(StoredKey.objects.get(kid=kid), None).private().to_dict(private=True)["k"]
    )
    assert secret not in done.out + done.err


def test_export_prints_the_set_that_the_endpoint_shows(run):
    """Text mode is JSON as well: a file for those who cannot fetch it."""
    done = run("export_jwks")
    assert json.loads(done.out) == run("export_jwks", "--json").data == keys.jwks()
    assert len(done.data["keys"]) == 2


@pytest.mark.threat("KEY-013", "KEY-012")
def test_export_has_no_symmetric_key_and_no_private_member(run, settings):
    """Whatever is asked for."""
    settings.JWTKIT = {"KEY_RINGS": {"partners": {"ALGORITHM": "Ed25519"}}}
    run("rotate_keys")
    assert run("export_jwks", "--ring", "refresh").data == {"keys": []}
    exported = run("export_jwks", "--ring", "partners").data["keys"]
    assert {key["kty"] for key in exported} == {"OKP"}
    assert all("d" not in key for key in exported)


def test_export_leaves_out_what_is_revoked(run, a_key):
    """Also of a single ring."""
    kid = a_key().kid
    keys.revoke(kid, reason="test")
    assert kid not in run("export_jwks").out
    assert kid not in run("export_jwks", "--ring", "access").out


def test_export_of_an_unknown_ring_is_usage(run):
    """Not an empty set, which a consumer would believe."""
    done = run("export_jwks", "--ring", "acess")
    assert done.code == 2
    assert done.out == ""
