"""What our own rings make of headers that name a key, and of key IDs that none of our keys can have."""

import json
import logging
from datetime import timedelta

import pytest

from django_jwtkit import keys, moments, tokens
from django_jwtkit.errors import KeyUnusableError, MalformedToken, TokenError, UnknownKey
from django_jwtkit.jose import Key, jwe
from django_jwtkit.jose.jwa.signatures import ALGORITHMS
from django_jwtkit.jose.wire.encoding import b64u_encode
from django_jwtkit.signals import token_rejected
from django_jwtkit.transport import report

DOWNLOAD = tokens.TokenKind(
    "header-download", typ="header-download+jwt", lifetime=timedelta(minutes=1), encrypted=True
)
ATTACKERS = Key.generate("ES256", kid="attacker")

NAMING = [
    pytest.param({"jwk": ATTACKERS.to_dict()}, marks=pytest.mark.threat("HKEY-001")),
    pytest.param({"jwk": {"kty": "oct", "k": "AAAA"}}, marks=pytest.mark.threat("HKEY-002")),
    pytest.param({"jku": "http://127.0.0.1:1/"}, marks=pytest.mark.threat("HKEY-003")),
    pytest.param({"x5u": "http://127.0.0.1:1/"}, marks=pytest.mark.threat("HKEY-004")),
    pytest.param({"x5c": ["MIIB"]}, marks=pytest.mark.threat("HKEY-005")),
    pytest.param({"jku": "https://good.example@evil"}, marks=pytest.mark.threat("HKEY-006")),
    pytest.param({"jwk": None}, marks=pytest.mark.threat("HKEY-001")),
]


@pytest.fixture
def forge(good):
    """Return a function that signs by a ring's own key, or another, under any header."""

    def forge(kind=tokens.ACCESS, by=None, **header):
        key = by or keys.signing_key(kind.ring, now=moments.now(), lifetime=timedelta(minutes=1))
        members = {"alg": key.alg, "kid": key.kid, "typ": kind.typ, **header}
        signing_input = ".".join(b64u_encode(json.dumps(part).encode()) for part in (members, good))
        signature = ALGORITHMS[key.alg].sign(key.native_private, signing_input.encode())
        return f"{signing_input}.{b64u_encode(signature)}"

    return forge


@pytest.mark.parametrize("header", NAMING, ids="+".join)
def test_our_rings_refuse_a_header_that_names_a_key(forge, header, django_assert_num_queries):
    """Although our own key has signed it, each time, and without a question to the database."""
    assert tokens.verify(forge())
    text = forge(**header)
    for _ in range(2):
        with django_assert_num_queries(0), pytest.raises(MalformedToken, match=next(iter(header))):
            tokens.verify(text)


@pytest.mark.threat("HKEY-001", "HKEY-003")
def test_a_key_that_a_header_brings_verifies_nothing(forge):
    """Neither under its own kid nor under ours."""
    ours = keys.signing_key("access", now=moments.now(), lifetime=timedelta(minutes=1))
    for kid in (ours.kid, ATTACKERS.kid):
        with pytest.raises(TokenError):
            tokens.verify(forge(by=ATTACKERS, kid=kid, jwk=ATTACKERS.to_dict()))


@pytest.mark.threat("HKEY-007")
@pytest.mark.parametrize("header", [{"x5t": "AAAA"}, {"x5t#S256": "AAAA"}, {"x5t": 1}], ids=str)
def test_a_thumbprint_in_a_header_is_not_looked_at(forge, header):
    """It fetches nothing and carries no key."""
    text = forge(**header)
    assert tokens.verify(text) == tokens.verify(text)


@pytest.mark.parametrize("name", ["jku", "jwk", "x5u", "x5c"])
def test_the_encryption_ring_refuses_them_too(alice, name):
    """Before anything is decrypted."""
    text = tokens.issue(alice, kind=DOWNLOAD)
    assert tokens.verify(text, kind=DOWNLOAD)
    ring = keys.keyring("encryption")
    with pytest.raises(MalformedToken, match=name):
        ring.find(jwe_header(text) | {name: "x"})


def jwe_header(text):
    """Return the header of an encrypted token."""
    ring = keys.keyring("encryption")
    return jwe.decrypt(text, ring, algorithms=ring.algorithms, encryptions={"A256GCM"}).header


@pytest.mark.threat("KID-001", "KID-002", "KID-006", "KID-007", "KID-009", "KID-010", "KID-023")
@pytest.mark.parametrize(
    "kid", ["../../dev/null", "x' OR 1=1 --", "${jndi:x}", "鍵", "k" * 255, " ", "", "é"]
)
def test_a_kid_that_no_stored_key_can_have_is_not_looked_for(forge, kid, settings, django_assert_num_queries):
    """It cannot be a new key's, so that it is not even worth the one look of an interval."""
    assert tokens.verify(forge())
    text = forge(kid=kid)
    with django_assert_num_queries(0), pytest.raises(UnknownKey):
        tokens.verify(text)


@pytest.mark.threat("KID-008", "KID-009")
def test_a_foreign_kid_is_escaped_in_the_log(forge, caplog):
    """Where it is printable, it is written as it is; a receiver of the signal is given the text itself."""
    received = []
    token_rejected.connect(lambda kid, **_: received.append(kid), weak=False, dispatch_uid="kid")
    try:
        with caplog.at_level(logging.INFO, logger="django_jwtkit.transport"):
            report(UnknownKey("no key"), forge(kid="Schlüssel 鍵"))
    finally:
        token_rejected.disconnect(dispatch_uid="kid")
    assert received == ["Schlüssel 鍵"]
    line = caplog.records[-1]
    assert line.kid in line.getMessage()
    assert line.getMessage().isprintable()


@pytest.mark.django_db
@pytest.mark.threat("KEY-017")
@pytest.mark.parametrize("kid", ["a/b", "did:web:example.com#key-1", "two words", "é", "k" * 129, "k" * 255])
def test_a_key_that_is_stored_has_a_plain_kid(kid):
    """The message says how to give it another one."""
    own_key = Key.generate("ES256", kid=kid)
    with pytest.raises(KeyUnusableError, match="--kid"):
        keys.import_key("access", own_key)
