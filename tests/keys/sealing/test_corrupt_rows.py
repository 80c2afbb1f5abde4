"""A corrupt row takes its key out, says which one and why, and leaves all others and every page alone."""

import logging
from datetime import timedelta

import pytest

from django_jwtkit import keys, moments
from django_jwtkit.errors import NoUsableKey, SealingKeyLost, UnknownKey
from django_jwtkit.jose import Key, jwe
from django_jwtkit.keys import State
from tests.keys.damage import damage, damaged, each_damage, foreign
from tests.keys.rows import header, key_in

pytestmark = pytest.mark.django_db

MINUTES = timedelta(minutes=5)
PUBLIC = {
    "no JSON": "{not json",
    "no object": "[]",
    "too deep": "[" * 100_000,
    "a number too long": '{"x": ' + "9" * 10_000 + "}",
    "no key": '{"kty": 1}',
    "of another curve": '{"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}',
    "a null byte of nothing": "{}",
}


SEALED = {
    "no JWE": lambda: "garbage",
    "empty segments": lambda: "....",
    "a JWS": lambda: "eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
    "another JWE": foreign,
    "no JSON inside": lambda: foreign(b"\xff"),
    "destroyed": lambda: "",
}


@pytest.mark.parametrize("damaged", PUBLIC.values(), ids=PUBLIC)
@pytest.mark.threat("KEY-018")
def test_a_corrupt_public_part_takes_out_that_key_only(damaged, caplog):
    """It verifies nothing and is not published; the log names it; the standby goes on."""
    active, standby = key_in(State.ACTIVE), key_in(State.STANDBY)
    damage(active, public_jwk=damaged)
    with caplog.at_level(logging.ERROR, "django_jwtkit.keys"), pytest.raises(UnknownKey):
        keys.keyring("access").find(header(active))
    assert f"key {active.kid} is damaged: " in caplog.text
    assert keys.keyring("access").find(header(standby))
    assert [key["kid"] for key in keys.jwks()["keys"]] == [standby.kid]


@pytest.mark.parametrize("algorithm", ["", "XX256", "none", "HS256", "RS256", "A256KW"])
def test_an_algorithm_that_does_not_fit_takes_out_that_key_only(algorithm, caplog):
    """An edited column never makes a key mean something else."""
    active = key_in(State.ACTIVE)
    damage(active, alg=algorithm)
    with caplog.at_level(logging.ERROR, "django_jwtkit.keys"), pytest.raises(UnknownKey):
        keys.keyring("access").find(header(active))
    assert active.kid in caplog.text
    with pytest.raises(NoUsableKey, match=active.kid):
        keys.signing_key("access", now=moments.now(), lifetime=MINUTES)


@pytest.mark.parametrize("damaged", SEALED.values(), ids=SEALED)
@pytest.mark.parametrize("ring", ["access", "refresh"])
def test_a_corrupt_sealed_part_is_named_and_mended_by_one_command(damaged, ring):
    """Signing says which key and which command; carrying that out brings signing back."""
    active = key_in(State.ACTIVE, ring)
    damage(active, sealed=damaged())
    with pytest.raises(NoUsableKey, match=f"{active.kid}.*rotate_keys --ring {ring} --now --force"):
        keys.signing_key(ring, now=moments.now(), lifetime=MINUTES)
    assert keys.signing_key("kinds", now=moments.now(), lifetime=MINUTES)
    keys.rotate(ring, at_once=True, force=True)
    assert keys.signing_key(ring, now=moments.now(), lifetime=MINUTES).kid != active.kid


def test_a_corrupt_secret_verifies_nothing(caplog):
    """A symmetric key is its sealed part: the token is refused, nothing is 503."""
    active = key_in(State.ACTIVE, "refresh")
    damage(active, sealed="garbage")
    with caplog.at_level(logging.ERROR, "django_jwtkit.keys"), pytest.raises(UnknownKey):
        keys.keyring("refresh").find(header(active))
    assert active.kid in caplog.text
    assert keys.keyring("refresh").find(header(key_in(State.STANDBY, "refresh")))


def test_a_key_under_a_foreign_sealing_key_is_no_corrupt_row():
    """That may be this process's fault, so tokens are not refused but unjudged: 503."""
    active = key_in(State.ACTIVE, "refresh")
    other = Key.generate("A256GCMKW", kid="elsewhere")
    damage(active, sealed=jwe.encrypt(b"{}", other))
    with pytest.raises(SealingKeyLost, match="'elsewhere'"):
        keys.keyring("refresh").find(header(active))


@each_damage
def test_the_job_and_the_revocation_go_on(columns):
    """The next rotation, the way back to signing, and the end of the damaged key."""
    active = damaged(columns)
    keys.rotate("access")
    keys.rotate("access", at_once=True, force=True)
    keys.revoke(active.kid, reason="corrupt")
    assert keys.signing_key("access", now=moments.now(), lifetime=MINUTES)


@each_damage
def test_resealing_goes_on_past_it(columns, settings):
    """All others move; a part that can't be opened is left as it is and named."""
    active = damaged(columns)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret of the test project, as long as the first"
    resealed = list(keys.reseal())
    assert {row.kid for row in resealed if row.problem} <= {active.kid}
    assert all(active.kid in row.problem for row in resealed if row.problem)
    assert len([row for row in resealed if not row.problem]) >= 7


@each_damage
def test_both_keys_of_a_ring_may_be_damaged(columns):
    """The way back passes the standby over that can't sign either, in one step."""
    damaged(columns)
    damaged(columns, State.STANDBY)
    keys.rotate("access", at_once=True, force=True)
    assert keys.signing_key("access", now=moments.now(), lifetime=MINUTES)


def test_a_retired_key_whose_public_part_is_damaged_is_told():
    """It has no private part any more, and would silently refuse its last tokens."""
    active = key_in(State.ACTIVE)
    later = active.sign_until + timedelta(minutes=3)
    keys.rotate("access", now=later)
    damage(active, public_jwk="{not json")
    active.refresh_from_db()
    assert active.sealed == ""
    assert active.kid in keys.snapshots.fault_of(active, later)
    assert keys.snapshots.fault_of(active, later + timedelta(days=9)) == "", "its time is over"
