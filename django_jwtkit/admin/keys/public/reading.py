"""The public members of a key, and nothing else of its row."""

import json
from typing import NamedTuple

from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose import Key
from django_jwtkit.keys import StoredKey
from django_jwtkit.keys.snapshots import Entry


class PublicKey(NamedTuple):
    jwk: str
    pem: str
    thumbprint: str


def read_public_key(key: StoredKey) -> tuple[PublicKey | None, str]:
    """Return the public members as they are published, None for a symmetric key; or the damage."""
    if not key.public_jwk:
        return None, ""
    try:
        public: Key = Entry.of(key, None).public()
        pem = public.to_pem().decode()
        return PublicKey(json.dumps(public.to_dict(), indent=2), pem, public.thumbprint()), ""
    except KeyUnusableError as error:
        return None, str(error)
