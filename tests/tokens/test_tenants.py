"""Tenants that share this package, a database or a user id: no token of one is worth anything at another."""

from datetime import timedelta

import pytest
from django.test import override_settings

from django_jwtkit import keys, moments, tokens
from django_jwtkit.errors import InvalidClaim, KeyUnusableError, UnknownKey
from django_jwtkit.jose import Key, jwt

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
ACME, BUZZ = ({"ISSUER": f"https://{name}.example.com", "AUDIENCE": name} for name in ("acme", "buzz"))
RINGS = {"KEY_RINGS": {"acme": {}, "buzz": {}}}


@pytest.mark.threat("TEN-001", "TEN-005")
def test_one_key_and_one_user_id_do_not_make_two_tenants_one(alice):
    """The issuer and the audience are each tenant's own, and demanded: `sub` alone names nobody."""
    with override_settings(JWTKIT=ACME):
        text = tokens.issue(alice)
        assert tokens.verify(text)["sub"] == str(alice.pk)
    with override_settings(JWTKIT=BUZZ), pytest.raises(InvalidClaim):
        tokens.verify(text)
    with override_settings(JWTKIT=ACME):
        assert tokens.verify(text)["iss"] == ACME["ISSUER"]


@pytest.mark.threat("TEN-001", "TEN-002")
def test_a_ring_each_keeps_tenants_apart(settings):
    """What one ring knows, proves or remembers is nothing to another, however often it is asked."""
    settings.JWTKIT = RINGS
    for ring in ("acme", "buzz"):
        keys.rotate(ring)
    now = moments.now()
    claims = {"sub": "1", "iat": int(now.timestamp()), "exp": int(now.timestamp()) + 60}
    text = jwt.encode(claims, keys.signing_key("acme", now=now, lifetime=MINUTE), typ="tenant+jwt")
    expected = {"algorithms": {"ES256"}, "issuer": None, "audience": None, "typ": "tenant+jwt"}
    for _ in range(2):
        assert jwt.decode(text, keys.keyring("acme"), **expected) == claims
        with pytest.raises(UnknownKey):
            jwt.decode(text, keys.keyring("buzz"), **expected)


@pytest.mark.threat("TEN-002")
def test_a_kid_belongs_to_one_ring(settings):
    """The same kid is not taken into a second one, where a cache might take it for the first."""
    settings.JWTKIT = RINGS
    key = Key.generate("ES256", kid="shared")
    keys.import_key("acme", key)
    with pytest.raises(KeyUnusableError, match="stored here already"):
        keys.import_key("buzz", Key.generate("ES256", kid="shared"))
