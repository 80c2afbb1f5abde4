"""Rows that a bad disk, a bad migration or a thief has changed: one of each kind."""

import pytest

from django_jwtkit import keys
from django_jwtkit.jose import jwe
from django_jwtkit.keys import State, StoredKey, sealing
from tests.keys.rows import key_in, vouch_for

SECRET = "c2VjcmV0IG9mIGEgZG96ZW4gb2N0ZXRzIGFuZCBtb3Jl"


def foreign(text=b"{}"):
    """A good JWE, under our sealing key, that holds something else than a key of ours."""
    newest = next(iter(sealing.sealing_keys().values())).key
    return jwe.encrypt(text, newest, header={"jwtkit_row": {"ring": "access"}})


DAMAGED = {
    "public part": {"public_jwk": "{not json"},
    "public part with a secret": {"public_jwk": f'{{"kty": "oct", "k": "{SECRET}"}}'},
    "algorithm": {"alg": "XX256"},
    "sealed part": {"sealed": "garbage"},
    "foreign sealed part": {"sealed": foreign},
    "use": {"use": "???"},
}
each_damage = pytest.mark.parametrize("columns", DAMAGED.values(), ids=DAMAGED)


def damaged(columns, state=State.ACTIVE, ring="access"):
    """Damage the key of `ring` that is in `state`, and return it as it was."""
    key = key_in(state, ring)
    damage(key, **{name: value() if callable(value) else value for name, value in columns.items()})
    return key


def damage(key, **columns):
    """Damage `key` in such a way that its ring still vouches for it: by a fault of our own."""
    StoredKey.objects.filter(pk=key.pk).update(**columns)
    vouch_for(key.ring_id)
    keys.forget()
