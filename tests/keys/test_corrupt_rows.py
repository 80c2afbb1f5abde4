"""A corrupt row takes its key out, says which one and why, and leaves all others and every page alone."""

import logging
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from django_jwtkit import keys
from django_jwtkit.errors import NoUsableKey, SealingKeyLost, UnknownKey
from django_jwtkit.jose import Key, jwe
from django_jwtkit.keys import State, StoredKey, sealing
from tests.keys.rows import header, row

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


def foreign(text=b"{}"):
    """A good JWE, under our sealing key, that holds something else than a key of ours."""
    newest = next(iter(sealing.sealing_keys().values())).key
    return jwe.encrypt(text, newest, header={"jwtkit_row": {"ring": "access"}})


SEALED = {
    "no JWE": lambda: "garbage",
    "empty segments": lambda: "....",
    "a JWS": lambda: "eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
    "another JWE": foreign,
    "no JSON inside": lambda: foreign(b"\xff"),
    "destroyed": lambda: "",
}


def damage(key, **columns):
    """What a bad disk, a bad migration or a thief may have done."""
    StoredKey.objects.filter(pk=key.pk).update(**columns)
    keys.forget()


@pytest.mark.parametrize("damaged", PUBLIC.values(), ids=PUBLIC)
@pytest.mark.threat("KEY-018")
def test_a_corrupt_public_part_takes_out_that_key_only(damaged, caplog):
    """It verifies nothing and is not published; the log names it; the standby goes on."""
    active, standby = row(State.ACTIVE), row(State.STANDBY)
    damage(active, public_jwk=damaged)
    with caplog.at_level(logging.ERROR, "django_jwtkit.keys"), pytest.raises(UnknownKey):
        keys.keyring("access").find(header(active))
    assert f"key {active.kid} is damaged: " in caplog.text
    assert keys.keyring("access").find(header(standby))
    assert [key["kid"] for key in keys.jwks()["keys"]] == [standby.kid]


@pytest.mark.parametrize("algorithm", ["", "XX256", "none", "HS256", "RS256", "A256KW"])
def test_an_algorithm_that_does_not_fit_takes_out_that_key_only(algorithm, caplog):
    """An edited column never makes a key mean something else."""
    active = row(State.ACTIVE)
    damage(active, alg=algorithm)
    with caplog.at_level(logging.ERROR, "django_jwtkit.keys"), pytest.raises(UnknownKey):
        keys.keyring("access").find(header(active))
    assert active.kid in caplog.text
    with pytest.raises(NoUsableKey, match=active.kid):
        keys.signing_key("access", now=timezone.now(), lifetime=MINUTES)


@pytest.mark.parametrize("damaged", SEALED.values(), ids=SEALED)
@pytest.mark.parametrize("ring", ["access", "refresh"])
def test_a_corrupt_sealed_part_is_named_and_mended_by_one_command(damaged, ring):
    """Signing says which key and which command; carrying that out brings signing back."""
    active = row(State.ACTIVE, ring)
    damage(active, sealed=damaged())
    with pytest.raises(NoUsableKey, match=f"{active.kid}.*rotate_keys --ring {ring} --now --force"):
        keys.signing_key(ring, now=timezone.now(), lifetime=MINUTES)
    assert keys.signing_key("kinds", now=timezone.now(), lifetime=MINUTES)
    keys.rotate(ring, at_once=True, force=True)
    assert keys.signing_key(ring, now=timezone.now(), lifetime=MINUTES).kid != active.kid


def test_a_corrupt_secret_verifies_nothing(caplog):
    """A symmetric key is its sealed part: the token is refused, nothing is 503."""
    active = row(State.ACTIVE, "refresh")
    damage(active, sealed="garbage")
    with caplog.at_level(logging.ERROR, "django_jwtkit.keys"), pytest.raises(UnknownKey):
        keys.keyring("refresh").find(header(active))
    assert active.kid in caplog.text
    assert keys.keyring("refresh").find(header(row(State.STANDBY, "refresh")))


def test_a_key_under_a_foreign_sealing_key_is_no_corrupt_row():
    """That may be this process's fault, so tokens are not refused but unjudged: 503."""
    active = row(State.ACTIVE, "refresh")
    other = Key.generate("A256GCMKW", kid="elsewhere")
    damage(active, sealed=jwe.encrypt(b"{}", other))
    with pytest.raises(SealingKeyLost, match="'elsewhere'"):
        keys.keyring("refresh").find(header(active))


@pytest.mark.parametrize(
    "columns",
    [{"public_jwk": "{not json"}, {"alg": "XX256"}, {"sealed": "garbage"}, {"use": "???"}],
    ids=lambda columns: next(iter(columns)),
)
def test_the_admin_and_the_job_go_on(columns, admin_client):
    """The list, the key's own page, the next rotation and the revocation of the broken key."""
    active = row(State.ACTIVE)
    damage(active, **columns)
    assert active.kid[:12] in admin_client.get(reverse("admin:jwtkit_storedkey_changelist")).content.decode()
    assert admin_client.get(reverse("admin:jwtkit_storedkey_change", args=[active.pk])).status_code == 200
    keys.rotate("access")
    keys.rotate("access", at_once=True, force=True)
    keys.revoke(active.kid, reason="corrupt")
    assert keys.signing_key("access", now=timezone.now(), lifetime=MINUTES)
