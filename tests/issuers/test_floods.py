"""Forged tokens of a trusted issuer cost one signature check each, and nothing else."""

import hmac

import pytest
from django.contrib.auth import get_user_model
from django.db import connections

from django_jwtkit import issuers
from django_jwtkit.errors import BadSignature, TokenError, UnknownKey
from django_jwtkit.jose import Key
from django_jwtkit.jose.jwa import signatures
from django_jwtkit.jose.wire.encoding import b64u_encode, dumps

from .conftest import ISS, KEY, sign
from .test_published import Provider

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def checks(monkeypatch):
    """Count the signature checks: the argument of each."""
    checked, checker = [], signatures.ALGORITHMS["ES256"].checker

    def counting(public):
        check = checker(public)
        return lambda octets, signature: checked.append(signature) or check(octets, signature)

    row = signatures.ALGORITHMS["ES256"]._replace(checker=counting)
    monkeypatch.setitem(signatures.ALGORITHMS, "ES256", row)
    return checked


def test_a_forged_token_is_one_check_and_no_query(trust, checks, django_assert_num_queries):
    trust(USER="create")
    forged = [sign(key=Key.generate("ES256", kid="k1"), sub=f"{number}") for number in range(20)]
    with django_assert_num_queries(0):
        for text in forged:
            with pytest.raises(BadSignature):
                issuers.verify(text)
    assert len(checks) == len(forged)
    assert not get_user_model().objects.exists()


def test_forged_key_ids_are_one_fetch_a_cooldown(trust, publisher):
    provider = Provider(publisher)
    trust(provider.iss, DISCOVERY_URL=None, PRIVATE_ADDRESSES=True)
    issuers.verify(sign(iss=provider.iss))
    before = len(provider.paths())
    for number in range(200):
        with pytest.raises(UnknownKey):
            issuers.verify(sign(iss=provider.iss, key=Key.generate("ES256", kid=f"forged-{number}")))
    assert len(provider.paths()) - before == 2  # the metadata and the keys, once


@pytest.mark.parametrize("alg", ["HS256", "none"])
def test_an_algorithm_of_the_forger_is_never_tried(trust, checks, alg):
    """Neither HMAC under the octets of a public key, nor no signature at all."""
    head = b64u_encode(dumps({"alg": alg, "kid": KEY.kid}))
    signed = f"{head}.{sign().split('.')[1]}"
    mac = hmac.digest(KEY.public().to_pem(), signed.encode(), "sha256")
    text = f"{signed}.{b64u_encode(mac) if alg == 'HS256' else ''}"
    with pytest.raises(TokenError, match="alg"):
        issuers.verify(text)
    assert checks == []


def test_forgetting_ends_the_thread_that_refreshes(trust, publisher):
    import threading

    provider = Provider(publisher)
    trust(provider.iss, DISCOVERY_URL=None, PRIVATE_ADDRESSES=True)
    issuers.verify(sign(iss=provider.iss))
    keys = issuers.issuer_of(provider.iss).keys
    keys.find({"kid": KEY.kid, "alg": "ES256"}, keys.state.refresh_at + 1)
    assert "jwtkit-refresher" in [thread.name for thread in threading.enumerate()]
    issuers.forget()
    assert "jwtkit-refresher" not in [thread.name for thread in threading.enumerate()]
    connections.close_all()
    assert ISS not in issuers.issuers()
