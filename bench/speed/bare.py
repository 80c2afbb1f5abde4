"""The operation that every library needs: one call of HMAC, or of cryptography, with arguments prepared."""

import hmac
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from django_jwtkit.jose import Key
from django_jwtkit.jose.wire.encoding import b64u_decode

NAME = "the bare operation"
HMAC = "the bare HMAC"


def verifying(key: Key, token: str) -> Callable[[], object]:
    """Return a call that verifies the signature of `token`, which is parsed before."""
    data, _, text = token.rpartition(".")
    covered, signature, native = data.encode(), b64u_decode(text), key.native_public
    if key.alg == "HS256":
        return lambda: hmac.compare_digest(hmac.digest(native, covered, "sha256"), signature)
    if key.alg == "RS256":
        padding, digest = PKCS1v15(), SHA256()
        return lambda: native.verify(signature, covered, padding, digest)
    if key.alg == "ES256":
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        der, scheme = encode_dss_signature(r, s), ECDSA(SHA256())
        return lambda: native.verify(der, covered, scheme)
    return lambda: native.verify(signature, covered)


def signing(key: Key, octets: int) -> Callable[[], object]:
    """Return a call that signs so many `octets`."""
    data, native = b"x" * octets, key.native_private
    if key.alg == "HS256":
        return lambda: hmac.digest(native, data, "sha256")
    if key.alg == "RS256":
        padding, digest = PKCS1v15(), SHA256()
        return lambda: native.sign(data, padding, digest)
    if key.alg == "ES256":
        scheme = ECDSA(SHA256())
        return lambda: native.sign(data, scheme)
    return lambda: native.sign(data)
