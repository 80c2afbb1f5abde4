"""A user, and tokens with any claims at all, signed by our own keys."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model

from django_jwtkit import keys, moments, tokens
from django_jwtkit.jose import jws


@pytest.fixture
def alice(db):
    return get_user_model().objects.create(username="alice")


@pytest.fixture
def sign(db):
    """Return a function that signs a claims set with a ring's own key, whatever it says."""

    def sign(claims, *, kind=tokens.ACCESS, typ=None, **header):
        now = moments.now()
        key = keys.signing_key(kind.ring, now=now, lifetime=timedelta(minutes=1))
        header = {"typ": kind.typ if typ is None else typ, **header}
        return jws.sign(json.dumps(claims).encode(), key, header=header)

    return sign


@pytest.fixture
def good(alice):
    """The claims of a good token, to be spoiled one by one."""
    now = int(moments.now().timestamp())
    return {"sub": str(alice.pk), "iat": now, "exp": now + 60, "jti": "0123456789abcdef"}
