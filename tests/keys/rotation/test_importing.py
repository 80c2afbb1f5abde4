"""Importing a key that was made elsewhere."""

import base64
from datetime import timedelta

import pytest

from django_jwtkit import keys, moments
from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose import Key
from django_jwtkit.keys import State
from tests.keys.rows import key_in

pytestmark = pytest.mark.django_db

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def test_a_key_of_another_use_does_not_fit_a_ring():
    """An encryption algorithm makes no signing key."""
    with pytest.raises(KeyUnusableError, match="fit"):
        keys.generate("access", algorithm="A256KW")


def test_an_imported_public_key_verifies_until_its_end():
    """A migration's old key: VERIFY_ONLY, never signing, with an explicit end."""
    key = Key.generate("RS256").public()
    end = moments.now() + DAY
    row = keys.import_key("access", key, verify_until=end)
    assert row.state() is State.VERIFY_ONLY
    assert row.state(end + timedelta(seconds=1)) is State.EXPIRED
    assert row.sealed == ""
    assert keys.keyring("access").find({"alg": "RS256", "kid": row.kid}).alg == "RS256"
    assert key_in(State.ACTIVE).alg == "ES256"


@pytest.mark.threat("KID-022")
def test_a_revoked_kid_cannot_come_back():
    """Neither the same kid nor the same key can be imported again."""
    key = Key.generate("ES256")
    row = keys.import_key("access", key)
    keys.revoke(row.kid, reason="leaked")
    with pytest.raises(KeyUnusableError, match="stored here"):
        keys.import_key("access", key)


def test_a_public_key_cannot_be_imported_to_sign():
    """The remedy is in the message."""
    with pytest.raises(KeyUnusableError, match="verify-only"):
        keys.import_key("access", Key.generate("ES256").public())


@pytest.mark.threat("KEY-005")
def test_a_typed_secret_is_not_imported():
    """Not by a program either: its length proves nothing."""
    typed = base64.urlsafe_b64encode(b"correct horse battery staple in winter").decode().rstrip("=")
    with pytest.raises(KeyUnusableError, match="text, not randomness"):
        keys.import_key("refresh", Key.from_dict({"kty": "oct", "k": typed}, alg="HS256"))
    assert keys.import_key("refresh", Key.generate("HS256"))


@pytest.mark.parametrize(("alg", "key_ops"), [("ES256", ["verify"]), ("RS256", ["sign"])])
def test_an_imported_key_must_be_able_to_do_its_work(alg, key_ops):
    """It would become the signer and fail at each login."""
    jwk = Key.generate(alg).to_dict(private=True)
    jwk.pop("use", None)
    with pytest.raises(KeyUnusableError):
        keys.import_key("access", Key.from_dict(jwk | {"key_ops": key_ops}))


def test_a_verify_only_key_leaves_its_private_part_behind():
    """A secret that is not needed is not stored."""
    row = keys.import_key("access", Key.generate("ES256"), verify_until=moments.now() + MINUTE)
    assert row.sealed == ""
