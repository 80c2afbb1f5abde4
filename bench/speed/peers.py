"""PyJWT and joserfc, called as their documentation advises, with keys prepared as far as they allow.

They check the signature, alg against a list, exp, iat, iss and aud, as ours does. Ours also checks kid and
typ, and that time is included.
"""

from collections.abc import Callable, Mapping, Sequence

import jwt as pyjwt
from joserfc import jwk, jwt

from django_jwtkit.jose import Key

ISSUER, AUDIENCE = "https://api.example.com", "api"
ALGORITHMS = frozenset({"HS256", "RS256", "ES256"})  # that are compared with these two
REGISTRY = jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": ISSUER},
    aud={"essential": True, "value": AUDIENCE},
    exp={"essential": True},
)

Decode = Callable[[str], object]
Encode = Callable[[dict[str, object]], object]


def joserfc_key(key: Key, *, private: bool = False) -> jwk.Key:
    """The same key; the public half for verifying, or joserfc would derive it at each call."""
    secret = private or key.kty == "oct"
    return jwk.import_key(key.to_dict(private=True) if secret else key.public().to_dict())


def decoders(key: Key) -> dict[str, Decode]:
    """Return decoders with one prepared key."""
    native, their, algorithms = key.native_public, joserfc_key(key), [key.alg]

    def by_pyjwt(text: str) -> object:
        return pyjwt.decode(text, native, algorithms, issuer=ISSUER, audience=AUDIENCE)

    return {"PyJWT": by_pyjwt, "joserfc": lambda text: by_joserfc(text, their, algorithms)}


def by_joserfc(text: str, key: jwk.Key | jwk.KeySet, algorithms: Sequence[str]) -> Mapping[str, object]:
    """Decode and validate, which are two calls there."""
    token = jwt.decode(text, key, algorithms=algorithms)
    REGISTRY.validate(token.claims)
    return token.claims


def set_decoders(keys: Sequence[Key]) -> dict[str, Decode]:
    """Return decoders that find the key by the header's `kid`: two steps with PyJWT, as in its client."""
    natives, algorithms = {key.kid: key.native_public for key in keys}, sorted({key.alg for key in keys})
    their = jwk.KeySet([joserfc_key(key) for key in keys])

    def by_pyjwt(text: str) -> object:
        native = natives[pyjwt.get_unverified_header(text)["kid"]]
        return pyjwt.decode(text, native, algorithms, issuer=ISSUER, audience=AUDIENCE)

    return {"PyJWT": by_pyjwt, "joserfc": lambda text: by_joserfc(text, their, algorithms)}


def encoders(key: Key, typ: str) -> dict[str, Encode]:
    """Return encoders with one prepared private key."""
    native, their, named = key.native_private, joserfc_key(key, private=True), {"kid": key.kid, "typ": typ}
    header = {"alg": key.alg, **named}
    return {
        "PyJWT": lambda claims: pyjwt.encode(claims, native, key.alg, headers=named),
        "joserfc": lambda claims: jwt.encode(header, claims, their),
    }
