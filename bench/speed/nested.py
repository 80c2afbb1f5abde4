"""Nested tokens: signed by ES256, then encrypted by A256KW and A256GCM; joserfc takes the same two steps."""

from collections.abc import Callable, Iterator
from itertools import cycle

from joserfc import jwe as joserfc_jwe
from joserfc import jwt as joserfc_jwt

from bench.rounds import Comparison, Contender
from django_jwtkit.jose import Key, jwt

from .peers import AUDIENCE, ISSUER, by_joserfc, joserfc_key
from .tokens import OURS, POOL, TYP, claims

ALG, ENC = "A256KW", "A256GCM"
NAME = f"nested ES256 in {ALG}+{ENC}"


def comparisons() -> list[Comparison]:
    """Decode and encode."""
    signing, wrapping = Key.generate("ES256"), Key.generate(ALG)
    pool = cycle([jwt.encode(claims(), signing, typ=TYP, encrypt_to=wrapping) for _ in range(POOL)])
    return [
        Comparison(f"decode {NAME}", _decoders(signing, wrapping, pool)),
        Comparison(f"encode {NAME}", _encoders(signing, wrapping)),
    ]


def _decoders(signing: Key, wrapping: Key, pool: Iterator[str]) -> list[Contender]:
    public, their_public, their_wrapping = signing.public(), joserfc_key(signing), joserfc_key(wrapping)
    ours: dict[str, object] = {
        "algorithms": {"ES256"},
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "typ": TYP,
        "decrypt_with": wrapping,
        "encryptions": {ENC},
    }

    def joserfc() -> object:
        outer = joserfc_jwe.decrypt_compact(next(pool), their_wrapping, algorithms=[ALG, ENC])
        return by_joserfc(outer.plaintext.decode(), their_public, ["ES256"])

    return _two(lambda: jwt.decode(next(pool), public, **ours), joserfc)


def _encoders(signing: Key, wrapping: Key) -> list[Contender]:
    payload, their_wrapping = claims(), joserfc_key(wrapping)
    their_signing = joserfc_key(signing, private=True)
    inner = {"alg": "ES256", "kid": signing.kid, "typ": TYP}
    outer = {"alg": ALG, "enc": ENC, "kid": wrapping.kid, "cty": "JWT"}

    def joserfc() -> object:
        return joserfc_jwe.encrypt_compact(
            outer, joserfc_jwt.encode(inner, payload, their_signing), their_wrapping
        )

    return _two(lambda: jwt.encode(payload, signing, typ=TYP, encrypt_to=wrapping), joserfc)


def _two(ours: Callable[[], object], joserfc: Callable[[], object]) -> list[Contender]:
    return [Contender(OURS, ours), Contender("joserfc", joserfc)]
