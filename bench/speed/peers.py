"""PyJWT and joserfc, each called as its documentation advises, with keys as ready as it can hold them.

They check the signature, alg against a list, exp, iat, iss and aud, as ours does. Ours looks at kid and typ
as well, and that is on our bill.
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
    """The same key; the public half for who verifies, or joserfc would derive it at each call."""
    secret = private or key.kty == "oct"
    return jwk.import_key(key.to_dict(private=True) if secret else key.public().to_dict())


def decoders(key: Key) -> dict[str, Decode]:
    """Decode by one key, that is in hand."""
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
    """Decode by the key that the header's kid names: two steps with PyJWT, as its JWKS client does."""
    natives, algorithms = {key.kid: key.native_public for key in keys}, sorted({key.alg for key in keys})
    their = jwk.KeySet([joserfc_key(key) for key in keys])

    def by_pyjwt(text: str) -> object:
        native = natives[pyjwt.get_unverified_header(text)["kid"]]
        return pyjwt.decode(text, native, algorithms, issuer=ISSUER, audience=AUDIENCE)

    return {"PyJWT": by_pyjwt, "joserfc": lambda text: by_joserfc(text, their, algorithms)}


def encoders(key: Key, typ: str) -> dict[str, Encode]:
    """Sign by one key, whose private part is in hand."""
    native, their, named = key.native_private, joserfc_key(key, private=True), {"kid": key.kid, "typ": typ}
    header = {"alg": key.alg, **named}
    return {
        "PyJWT": lambda claims: pyjwt.encode(claims, native, key.alg, headers=named),
        "joserfc": lambda claims: jwt.encode(header, claims, their),
    }
