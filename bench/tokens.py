"""Tokens without Django: decode, encode, nested; ours against PyJWT, joserfc and the bare operation.

Every decoder checks signature, exp, iss and aud; each call gets another token of a pool.
"""

import hmac
import secrets
import time
from collections.abc import Callable, Iterator
from itertools import cycle

import jwt as pyjwt
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwe as joserfc_jwe
from joserfc import jwk as joserfc_jwk
from joserfc import jwt as joserfc_jwt

from django_jwtkit.jose import Key, KeySet, jwt
from django_jwtkit.jose.encoding import b64u_decode

from .rounds import Comparison, Contender

ISSUER, AUDIENCE = "https://api.example.com", "api"
POOL = 256
ALGORITHMS = ("HS256", "RS256", "ES256", "Ed25519", "ML-DSA-65")
BY_PEERS = {"HS256", "RS256", "ES256"}
REGISTRY = joserfc_jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": ISSUER},
    aud={"essential": True, "value": AUDIENCE},
    exp={"essential": True},
)


def comparisons() -> list[Comparison]:
    """All of this module."""
    keys = [Key.generate(alg) for alg in ALGORITHMS]
    return [*map(decoding, keys), *map(encoding, keys), *nested()]


def claims() -> dict[str, object]:
    """The claims of an access token of ours, whose jti is new each time."""
    now = int(time.time())
    return {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "12345",
        "exp": now + 36000,
        "iat": now,
        "jti": secrets.token_urlsafe(16),
        "sid": "0b2e1d0e-7c3d-4d9e-9d5b-1f3d6a6b7c8d",
    }


def decoding(key: Key) -> Comparison:
    """Verify and validate tokens by `key`."""
    pool = cycle([jwt.encode(claims(), key, typ="at+jwt") for _ in range(POOL)])
    keys, algorithms = KeySet([key if key.kty == "oct" else key.public()]), {key.alg}

    def ours() -> object:
        return jwt.decode(
            next(pool), keys, algorithms=algorithms, issuer=ISSUER, audience=AUDIENCE, typ="at+jwt"
        )

    contenders = [Contender("django_jwtkit", ours), Contender("the bare operation", _bare(key, pool))]
    return Comparison(f"decode {key.alg}", contenders + _decoding_peers(key, pool))


def _decoding_peers(key: Key, pool: Iterator[str]) -> list[Contender]:
    if key.alg not in BY_PEERS:
        return []
    native, their, algorithms = key.native_public, _joserfc(key), [key.alg]

    def by_pyjwt() -> object:
        return pyjwt.decode(next(pool), native, algorithms, issuer=ISSUER, audience=AUDIENCE)

    def by_joserfc() -> object:
        token = joserfc_jwt.decode(next(pool), their, algorithms=algorithms)
        REGISTRY.validate(token.claims)
        return token.claims

    return [Contender("PyJWT", by_pyjwt), Contender("joserfc", by_joserfc)]


def encoding(key: Key) -> Comparison:
    """Sign claims by `key`, whose private part is ready in everybody's hands."""
    whole, native = claims(), key.native_private
    found = [
        Contender("django_jwtkit", lambda: jwt.encode(whole, key, typ="at+jwt")),
        Contender("the bare operation", _bare_signing(key)),
    ]
    headers = {"kid": key.kid, "typ": "at+jwt"}
    if key.alg in BY_PEERS:
        their = _joserfc(key)
        header = {"alg": key.alg, **headers}
        found += [
            Contender("PyJWT", lambda: pyjwt.encode(whole, native, key.alg, headers=headers)),
            Contender("joserfc", lambda: joserfc_jwt.encode(header, whole, their)),
        ]
    return Comparison(f"encode {key.alg}", found)


def nested() -> list[Comparison]:
    """Signed by ES256, then encrypted by A256KW and A256GCM; joserfc does it in the same two steps."""
    signing, wrapping = Key.generate("ES256"), Key.generate("A256KW")
    public, names = signing.public(), {"ES256"}
    their_signing, their_wrapping = _joserfc(signing), _joserfc(wrapping)
    pool = cycle([jwt.encode(claims(), signing, typ="at+jwt", encrypt_to=wrapping) for _ in range(POOL)])
    whole = claims()

    def ours() -> object:
        return jwt.decode(
            next(pool),
            public,
            algorithms=names,
            issuer=ISSUER,
            audience=AUDIENCE,
            typ="at+jwt",
            decrypt_with=wrapping,
            encryptions={"A256GCM"},
        )

    def joserfc() -> object:
        outer = joserfc_jwe.decrypt_compact(next(pool), their_wrapping, algorithms=["A256KW", "A256GCM"])
        token = joserfc_jwt.decode(outer.plaintext.decode(), their_signing, algorithms=["ES256"])
        REGISTRY.validate(token.claims)
        return token.claims

    def their_encode() -> object:
        inner = joserfc_jwt.encode(
            {"alg": "ES256", "kid": signing.kid, "typ": "at+jwt"}, whole, their_signing
        )
        outer = {"alg": "A256KW", "enc": "A256GCM", "kid": wrapping.kid, "cty": "JWT"}
        return joserfc_jwe.encrypt_compact(outer, inner, their_wrapping)

    def our_encode() -> object:
        return jwt.encode(whole, signing, typ="at+jwt", encrypt_to=wrapping)

    return [
        Comparison("decode nested ES256 in A256KW+A256GCM", _two(ours, joserfc)),
        Comparison("encode nested ES256 in A256KW+A256GCM", _two(our_encode, their_encode)),
    ]


def _two(ours: Callable[[], object], joserfc: Callable[[], object]) -> list[Contender]:
    return [Contender("django_jwtkit", ours), Contender("joserfc", joserfc)]


def _joserfc(key: Key) -> joserfc_jwk.Key:
    return joserfc_jwk.import_key(key.to_dict(private=True))


def _bare(key: Key, pool: Iterator[str]) -> Callable[[], object]:
    """What no library can do without: one call of HMAC, or of cryptography."""
    data, _, text = next(pool).rpartition(".")
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


def _bare_signing(key: Key) -> Callable[[], object]:
    data, native = b"x" * 300, key.native_private
    if key.alg == "HS256":
        return lambda: hmac.digest(native, data, "sha256")
    if key.alg == "RS256":
        padding, digest = PKCS1v15(), SHA256()
        return lambda: native.sign(data, padding, digest)
    if key.alg == "ES256":
        scheme = ECDSA(SHA256())
        return lambda: native.sign(data, scheme)
    return lambda: native.sign(data)
