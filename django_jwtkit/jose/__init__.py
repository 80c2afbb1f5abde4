"""JSON Object Signing and Encryption, strict: JWS, JWE, JWK and JWT in compact form. Needs no Django."""

from django_jwtkit.jose.jwk.key import Key
from django_jwtkit.jose.jwk.key_set import KeySet, KeySource
from django_jwtkit.jose.remote import RemoteKeySet
from django_jwtkit.jose.wire.header import unverified_header

from . import jwe, jws, jwt

__all__ = ["Key", "KeySet", "KeySource", "RemoteKeySet", "jwe", "jws", "jwt", "unverified_header"]
