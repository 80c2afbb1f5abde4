import threading
import time

import pytest
from django.contrib.auth import get_user_model

from django_jwtkit import issuers
from django_jwtkit.jose import Key, KeySet, jwt
from tests.jose.remote.publisher import publisher as published

ISS = "https://sso.example.com/realms/acme"
KEY = Key.generate("ES256", kid="k1")
NOW = int(time.time())
CLAIMS = {"iss": ISS, "aud": "orders", "sub": "7", "exp": NOW + 600, "iat": NOW}


def sign(key=KEY, typ="at+jwt", **claims):
    """Return a token of the issuer, with other claims; None leaves one out."""
    present = int(time.time())
    named = {**CLAIMS, "iat": present, "exp": present + 600, **claims}
    named = {name: value for name, value in named.items() if value is not None}
    return jwt.encode(named, key, typ=typ)


def jwks(*keys):
    return KeySet([key.public() for key in keys]).to_dict()


@pytest.fixture
def trust(settings):
    """Return a function that sets the entry of the issuer; by default its keys are fixed."""

    def set_entry(iss=ISS, *, others=None, **entry):
        if not entry.keys() & {"JWKS_URL", "DISCOVERY_URL", "JWKS"}:
            entry["JWKS"] = jwks(KEY)
        settings.JWTKIT = {
            "ISSUER": "https://api.example.com",
            "AUDIENCE": "orders",
            "TRUSTED_ISSUERS": {iss: {"AUDIENCE": "orders", "USER": "stateless", **entry}, **(others or {})},
        }

    set_entry()
    return set_entry


@pytest.fixture
def publisher():
    with published() as server:
        yield server


@pytest.fixture(autouse=True)
def no_keys_are_left():
    issuers.forget()
    yield
    issuers.forget()
    assert "jwtkit-refresher" not in [thread.name for thread in threading.enumerate()]


@pytest.fixture
def alice(db):
    return get_user_model().objects.create_user("alice")
