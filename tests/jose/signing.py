"""What the tests of signatures share: a key for each algorithm, and tokens that `sign` would not make."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Final

from django_jwtkit.jose import Key, jwt
from django_jwtkit.jose.jwa.signatures import ALGORITHMS
from django_jwtkit.jose.wire.encoding import b64u_encode, dumps

ALGS: Final = tuple(ALGORITHMS)
NOW: Final = 1_800_000_000
CLAIMS: Final = {"sub": "42", "iat": NOW - 10, "exp": NOW + 300}


@cache
def key(alg: str) -> Key:
    """Return the private key of these tests for `alg`; it is always the same one."""
    if alg[:2] in {"RS", "PS"}:
        return Key.from_dict(_rsa(), alg=alg, kid=f"rsa-{alg}")
    return Key.generate(alg, kid=f"key-{alg}")


@cache
def public(alg: str) -> Key:
    """Return the key that verifies for `alg`."""
    return key(alg) if alg.startswith("HS") else key(alg).public()


@cache
def _rsa() -> dict[str, object]:
    jwk = Key.generate("RS256", size=2048).to_dict(private=True)
    return {name: value for name, value in jwk.items() if name not in {"alg", "kid", "use"}}


def members(**changes: object) -> dict[str, object]:
    """Return good claims with `changes`; None in them takes a claim away."""
    return {name: value for name, value in (CLAIMS | changes).items() if value is not None}


def forged(
    payload: Mapping[str, object] | bytes = CLAIMS,
    *,
    alg: str = "HS256",
    header: Mapping[str, object] | bytes | None = None,
    by: str | None = None,
) -> str:
    """Return a token with any header and any payload, soundly signed by the key of `by` or `alg`."""
    protected = header if isinstance(header, bytes) else json.dumps({"alg": alg, **(header or {})}).encode()
    octets = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return sealed(b64u_encode(protected), b64u_encode(octets), by or alg)


def sealed(protected: str, payload: str, alg: str = "HS256") -> str:
    """Return a token of two segments as they are, soundly signed by the key of `alg`."""
    signing_input = f"{protected}.{payload}"
    signature = ALGORITHMS[alg].sign(key(alg).native_private, signing_input.encode())
    return f"{signing_input}.{b64u_encode(signature)}"


def decoded(text: object, alg: str = "HS256", **options: object) -> dict[str, object]:
    """Return the claims of a token of the key for `alg`, read at `NOW`."""
    return jwt.decode(text, public(alg), algorithms={alg}, **{"now": NOW, **options})


def raw(members: Mapping[str, object]) -> str:
    """Return a segment."""
    return b64u_encode(dumps(members))
