"""A project tests its API against an issuer that it plays itself, without a network."""

import pytest

from django_jwtkit import issuers
from django_jwtkit.errors import BadSignature, InvalidClaim, KeySetUnavailable, TokenError
from django_jwtkit.testing import fake_issuer

ISS = "https://sso.example.com/realms/acme"


@pytest.fixture
def trust(settings):
    def trust(iss=ISS, **entry):
        trusted = {iss: {"AUDIENCE": "orders", "USER": "stateless", **entry}}
        settings.JWTKIT = {"ISSUER": "https://api.example.com", "TRUSTED_ISSUERS": trusted}

    trust()
    yield trust
    issuers.forget()


def test_its_tokens_are_accepted_without_a_network(trust):
    with fake_issuer(ISS) as issuer:
        token = issuers.verify(issuer.issue(sub="7", scope="orders.read"))
    assert (token.subject, token.scopes) == ("7", ("orders.read",))


@pytest.mark.parametrize(
    ("iss", "entry"),
    [
        (ISS, {"REQUIRE": {"typ": "Bearer", ("a", "b"): ["c", "d"]}}),
        (ISS, {"AUDIENCE": ["one", "two"], "AUDIENCE_CLAIM": "client_id"}),
        (ISS, {"SUBJECT_CLAIM": ["oid", "sub"], "ALGORITHMS": ["RS256"]}),
        (ISS, {"TYP": ["JOSE"]}),
        ("spiffe://example.org", {"ISSUER_FROM": "sub", "KEY_USE": "jwt-svid"}),
    ],
)
def test_what_the_entry_demands_is_there(trust, iss, entry):
    trust(iss, **entry)
    with fake_issuer(iss) as issuer:
        assert issuers.verify(issuer.issue())


def test_a_claim_can_be_wrong_or_left_out(trust):
    with fake_issuer(ISS) as issuer:
        for claims in ({"aud": "other"}, {"sub": None}, {"exp": 1, "iat": 1}):
            with pytest.raises(TokenError):
                issuers.verify(issuer.issue(**claims))


@pytest.mark.django_db
def test_outside_its_tokens_are_forgeries(trust, settings):
    with fake_issuer(ISS) as issuer:
        text = issuer.issue()
    with fake_issuer(ISS), pytest.raises(BadSignature):
        issuers.verify(text)
    trust(JWKS_URL="http://127.0.0.1:1/", PRIVATE_ADDRESSES=True)
    with pytest.raises(KeySetUnavailable):
        issuers.verify(text)


def test_an_issuer_without_an_entry_cannot_be_played(trust):
    with pytest.raises(LookupError, match="TRUSTED_ISSUERS"), fake_issuer("https://other.example"):
        pass
    with fake_issuer(ISS) as issuer, pytest.raises(InvalidClaim):
        issuers.verify(issuer.issue(iss="https://other.example"))
