"""Tokens without Django: decode and encode; ours against PyJWT, joserfc and the bare operation.

Every decoder checks signature, exp, iss and aud; each call gets another token of a pool.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle

from bench.project.settings import ALGORITHMS
from bench.rounds import Comparison, Contender
from django_jwtkit.jose import Key, KeySet, jwt

from . import bare, peers
from .peers import AUDIENCE, ISSUER

OURS, DECODER, TYP = "django_jwtkit", "django_jwtkit, jwt.Decoder", "at+jwt"
POOL = 256


def comparisons() -> list[Comparison]:
    """Return all comparisons of this module. The first compares one thing with itself, to show the noise."""
    keys = [Key.generate(alg) for alg in ALGORITHMS]
    trio = [Key.generate("RS256") for _ in range(3)]
    return [itself(keys[0]), *map(decoding, keys), choosing(trio), *map(encoding, keys)]


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


def itself(key: Key) -> Comparison:
    """Compare one thing with itself: the difference of the ratio from 1 is noise."""
    pool = _pool(key)
    ours = _ours([key])
    twice = [Contender(name, lambda: ours(next(pool))) for name in ("once", "and again")]
    return Comparison("noise: decode HS256 against itself", twice)


def decoding(key: Key) -> Comparison:
    """Verify and validate tokens by `key`."""
    pool, by = _pool(key), {OURS: _ours([key])}
    theirs = peers.decoders(key) if key.alg in peers.ALGORITHMS else {}
    operation = Contender(bare.NAME, bare.verifying(key, next(pool)))
    first, *others = _each(by | {DECODER: _decoder(key)} | theirs, pool)
    return Comparison(f"decode {key.alg}", [first, operation, *others])


def choosing(keys: Sequence[Key]) -> Comparison:
    """Verify tokens by a JWK Set, in which the header names a key."""
    pool = cycle(text for key in keys for text in _texts(key, POOL // len(keys)))
    by = {OURS: _ours(keys)} | peers.set_decoders(keys)
    return Comparison(f"decode {keys[0].alg}, the key chosen by its ID", _each(by, pool))


def encoding(key: Key) -> Comparison:
    """Sign claims by `key`, which each contender has prepared."""
    payload = claims()
    contenders = [Contender(OURS, lambda: jwt.encode(payload, key, typ=TYP))]
    signed = len(jwt.encode(payload, key, typ=TYP).rpartition(".")[0])
    contenders.append(Contender(bare.NAME, bare.signing(key, signed)))
    theirs = peers.encoders(key, TYP) if key.alg in peers.ALGORITHMS else {}
    contenders += [Contender(name, lambda encode=encode: encode(payload)) for name, encode in theirs.items()]
    return Comparison(f"encode {key.alg}", contenders)


def _each(by: Mapping[str, peers.Decode], pool: Iterator[str]) -> list[Contender]:
    return [Contender(name, lambda decode=decode: decode(next(pool))) for name, decode in by.items()]


def _ours(keys: Sequence[Key]) -> Callable[[str], object]:
    key_set, algorithms = KeySet(key if key.kty == "oct" else key.public() for key in keys), {keys[0].alg}

    def decode(text: str) -> object:
        return jwt.decode(text, key_set, algorithms=algorithms, issuer=ISSUER, audience=AUDIENCE, typ=TYP)

    return decode


def _decoder(key: Key) -> Callable[[str], object]:
    """Return a decoder whose expectation is settled once; no peer has one."""
    return jwt.Decoder(
        key if key.kty == "oct" else key.public(),
        algorithms={key.alg},
        issuer=ISSUER,
        audience=AUDIENCE,
        typ=TYP,
    )


def _pool(key: Key) -> Iterator[str]:
    return cycle(_texts(key, POOL))


def _texts(key: Key, count: int) -> list[str]:
    return [jwt.encode(claims(), key, typ=TYP) for _ in range(count)]
