"""JSON Object Signing and Encryption, strict: JWS, JWE, JWK and JWT in compact form. Needs no Django."""

from . import jwe, jws, jwt
from .header import unverified_header
from .jwk import Key
from .key_set import KeySet, KeySource

__all__ = ["Key", "KeySet", "KeySource", "jwe", "jws", "jwt", "unverified_header"]
