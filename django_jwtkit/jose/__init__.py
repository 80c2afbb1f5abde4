"""JSON Object Signing and Encryption: strict JWS, JWE, JWK and JWT in compact form. Needs no Django."""

from . import jwa, jwe, jws, jwt, remote
from .claims.expectation import Expectation, expect, moment
from .claims.registered import Claims
from .claims.validating import claim_faults
from .jwk.key import Key
from .jwk.key_set import KeySet, KeySource, check_published_call
from .jwk.old_secret import read_old_secret
from .remote import RemoteKeySet
from .wire import encoding
from .wire.header import KEY_REFERENCES, KnownHeaders, is_kid, refuse_key_references, unverified_header
from .wire.media_types import check_type, media_type

__all__ = [
    "KEY_REFERENCES",
    "Claims",
    "Expectation",
    "Key",
    "KeySet",
    "KeySource",
    "KnownHeaders",
    "RemoteKeySet",
    "check_published_call",
    "check_type",
    "claim_faults",
    "encoding",
    "expect",
    "is_kid",
    "jwa",
    "jwe",
    "jws",
    "jwt",
    "media_type",
    "moment",
    "read_old_secret",
    "refuse_key_references",
    "remote",
    "unverified_header",
]
