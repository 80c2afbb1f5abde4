"""A ring by the older name of Ed25519: what it writes, what it reads, and the changeover to it."""

import json
from datetime import timedelta

import jwt as pyjwt
import pytest

from django_jwtkit import keys, moments, tokens
from django_jwtkit.errors import AlgorithmRefused, TokenError
from django_jwtkit.jose import Key, KeySet, jws, jwt, unverified_header
from django_jwtkit.keys import jwks


@pytest.fixture
def ring(settings, db):
    """Return a function that gives the access ring keys of these algorithms, the last one active."""

    def ring(*algorithms):
        for algorithm in algorithms:
            settings.JWTKIT = {"ALGORITHM": algorithm}
            keys.rotate("access", at_once=True, force=True)
        return keys.signing_key("access", now=moments.now(), lifetime=timedelta(minutes=1))

    return ring


def renamed(key, alg):
    """Return the key by its other name."""
    return Key.from_dict({**key.to_dict(private=True), "alg": alg})


def test_a_ring_by_the_older_name_writes_it_everywhere(ring, alice):
    """In the header, in the JWKS, in the row; and PyJWT reads it, which knows no other."""
    key = ring("EdDSA")
    text = tokens.issue(alice)
    assert unverified_header(text)["alg"] == key.alg == "EdDSA"
    published = {jwk["kid"]: jwk for jwk in jwks()["keys"]}
    assert published[key.kid]["alg"] == "EdDSA"
    assert published[key.kid]["crv"] == "Ed25519"
    assert tokens.verify(text)["sub"] == str(alice.pk)
    theirs = pyjwt.PyJWK(published[key.kid])
    assert pyjwt.decode(text, theirs.key, algorithms=["EdDSA"])["sub"] == str(alice.pk)
    ours = KeySet.from_dict(jwks())
    assert jwt.decode(text, ours, algorithms={"EdDSA"}, typ="at+jwt")["sub"] == str(alice.pk)


@pytest.mark.threat("ALG-018")
@pytest.mark.parametrize(("own", "other"), [("EdDSA", "Ed25519"), ("Ed25519", "EdDSA")])
def test_a_ring_answers_to_its_own_name_only(ring, good, own, other):
    """Also while a key of the other name is in it: each key has one."""
    key = ring(other, own)
    assert key.alg == own
    payload = json.dumps(good).encode()
    assert tokens.verify(jws.sign(payload, key, header={"typ": "at+jwt"}))
    with pytest.raises(AlgorithmRefused):
        tokens.verify(jws.sign(payload, renamed(key, other), header={"typ": "at+jwt"}))


@pytest.mark.parametrize("algorithms", [("Ed25519", "EdDSA"), ("EdDSA", "Ed25519"), ("ES256", "EdDSA")])
def test_a_ring_changes_its_name_without_a_refused_token(ring, alice, algorithms):
    """The old key's tokens go on."""
    ring(algorithms[0])
    old = tokens.issue(alice)
    ring(algorithms[1])
    new = tokens.issue(alice)
    assert [unverified_header(text)["alg"] for text in (old, new)] == list(algorithms)
    assert tokens.verify(old)["sub"] == tokens.verify(new)["sub"]


def test_a_key_by_the_older_name_is_imported(ring):
    """From a JWK that says so."""
    ring("EdDSA")
    key = Key.generate("EdDSA")
    assert keys.import_key("access", key).alg == "EdDSA"
    with pytest.raises(TokenError):
        tokens.verify(jws.sign(b"{}", key, header={"typ": "at+jwt"}))
