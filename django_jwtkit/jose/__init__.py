"""JSON Object Signing and Encryption, strict: JWS, JWE, JWK and JWT in compact form. Needs no Django."""

from . import jwa, jwe, jws, jwt
from .claims.expectation import expect
from .jwk.key import Key
from .jwk.key_set import KeySet, KeySource
from .jwk.old_secret import read_old_secret
from .remote import RemoteKeySet
from .wire import encoding
from .wire.header import KnownHeaders, is_kid, media_type, refuse_key_references, unverified_header

__all__ = [
    "Key",
    "KeySet",
    "KeySource",
    "KnownHeaders",
    "RemoteKeySet",
    "encoding",
    "expect",
    "is_kid",
    "jwa",
    "jwe",
    "jws",
    "jwt",
    "media_type",
    "read_old_secret",
    "refuse_key_references",
    "unverified_header",
]
