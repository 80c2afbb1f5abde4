"""JSON Web Signature (RFC 7515), compact serialisation, the payload always inside."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django_jwtkit.errors import AlgorithmRefused, BadSignature, KeyUnusableError, UnknownKey
from django_jwtkit.jose.jwk.key import Key
from django_jwtkit.jose.jwk.key_set import KeySource, source
from django_jwtkit.jose.wire.encoding import MAX_LENGTH, b64u_decode, b64u_encode, split
from django_jwtkit.jose.wire.header import Known

from .jwa.signatures import ALGORITHMS, EDDSA
from .wire import header as jose_header

PARTS: Final = 3  # JOSE Header, payload, signature

_SETS: Final = frozenset({set, frozenset})
_READABLE: Final = frozenset(ALGORITHMS)


@dataclass(frozen=True, slots=True)
class JWS:
    """A token whose signature holds: its JOSE Header, its payload, and the key that signed it."""

    header: Mapping[str, object]
    payload: bytes
    key: Key


def sign(payload: bytes, key: Key, *, header: Mapping[str, object] | None = None) -> str:
    """Return `payload` as a compact JWS by `key`, with its alg and, if it has one, its kid.

    `header` are more header parameters, such as `typ`. Raises `KeyUnusableError` for a key that does not
    sign, `ValueError` or `TypeError` for a header that we would not read ourselves.
    """
    if not isinstance(payload, bytes):
        raise TypeError("the payload of a JWS is bytes")
    if not isinstance(key, Key):
        raise TypeError("a JWS is signed with a Key")
    key.require("sign")
    protected = _protected(key, {} if header is None else header)
    signing_input = f"{protected}.{b64u_encode(payload)}"
    signature = ALGORITHMS[key.alg].sign(key.native_private, signing_input.encode("ascii"))
    return f"{signing_input}.{b64u_encode(signature)}"


def verify(
    text: str | bytes, keys: KeySource, *, algorithms: Collection[str], max_length: int = MAX_LENGTH
) -> JWS:
    """Return the JWS in `text`, its signature proven by the key that `keys` finds for its header.

    `algorithms` are the `alg` values allowed, `max_length` counts characters. Raises `TokenError`, and
    `TypeError` or `ValueError` for a wrong call.
    """
    return JWS(*prove(text, keys, allowed_algorithms(algorithms), max_length=max_length))


def prove(
    text: str | bytes,
    keys: KeySource,
    allowed: Collection[str],
    *,
    typ: Collection[str | None] | None = None,
    max_length: int = MAX_LENGTH,
) -> tuple[dict[str, object], bytes, Key]:
    """Return the JOSE Header, the payload and the key of the JWS in `text`, in this order: parsed, of one of
    the types `typ`, by an algorithm that is `allowed`, by a key that `keys` finds and that may, the signature
    good.

    `typ` and `allowed` are as `header.check_type` and `allowed_algorithms` have them. Raises `TokenError`.
    """
    known = source(keys)
    protected, payload, signature = split(text, PARTS, max_length)
    seen = known.get(protected)
    header = jose_header.parse(protected) if seen is None else dict(seen.members)
    octets, proof = b64u_decode(payload), b64u_decode(signature)
    if typ is not None:
        jose_header.check_type(header, typ)
    if header["alg"] not in allowed:
        raise AlgorithmRefused("the header's alg is not allowed here")
    key = keys.find(header)
    if seen is None or seen.key is not key:
        seen = _introduced(header, key)
    if not seen.check(protected + b"." + payload, proof):
        raise BadSignature("the signature does not hold")
    if known.get(protected) is not seen:
        jose_header.remember(known, protected, seen)
    return header, octets, key


def _introduced(header: Mapping[str, object], key: Key) -> Known:
    """Return what there is to know of a header that `key` has not proven before: may it be this key's?"""
    alg = header["alg"]
    # The key has one algorithm and the header never chooses; EdDSA is the older name of two, which the caller
    # has allowed literally.
    if alg != key.alg and alg != EDDSA.get(key.alg):
        raise AlgorithmRefused("the header's alg is not the key's")
    try:
        key.require("verify")
    except KeyUnusableError as error:
        raise UnknownKey("the key that the header names does not verify") from error
    return Known(dict(header), key, ALGORITHMS[key.alg].checker(key.native_public))


def allowed_algorithms(algorithms: Collection[str]) -> frozenset[str]:
    """Return `algorithms` checked; raise `TypeError` or `ValueError` for text, none, or unknown names."""
    return readable(named(algorithms))


def named(algorithms: Collection[str]) -> frozenset[object]:
    """Return what `algorithms` names; raise `TypeError` for text, which would be a collection of letters."""
    is_set = type(algorithms) in _SETS  # the rule, and known without a look at abstract classes
    if not is_set and (isinstance(algorithms, str | bytes) or not isinstance(algorithms, Collection)):
        raise TypeError('algorithms is a collection of names, such as {"ES256"}')
    if not is_set and not all(isinstance(name, str) for name in algorithms):
        raise TypeError('algorithms must be names such as "ES256", got another type among them')
    return frozenset(algorithms)


@lru_cache(maxsize=64)
def readable(names: frozenset[object]) -> frozenset[str]:
    """Return `names` if each is an algorithm that we read; raise `TypeError` or `ValueError`."""
    if not all(isinstance(name, str) for name in names):
        raise TypeError("algorithms are named by text")
    if not names or not names <= _READABLE:
        raise ValueError(f"algorithms are one or more of {', '.join(sorted(_READABLE))}")
    # Our own texts, not those of `names`: what is equal to one may read otherwise (an Enum's), and is kept.
    return frozenset([name for name in _READABLE if name in names])


def _protected(key: Key, extra: Mapping[str, object]) -> str:
    """Return the segment of the JOSE Header: of one key and kind of token it is always the same."""
    if not isinstance(extra, Mapping):
        raise TypeError("a header is a mapping")
    if all(map(_is_text, (*extra, *extra.values()))):
        return _usual(key.alg, key.kid, tuple(extra.items()))
    return _written(key.alg, key.kid, extra)


@lru_cache(maxsize=64)  # to write it anew takes 2.9 µs
def _usual(alg: str, kid: str | None, extra: tuple[tuple[str, object], ...]) -> str:
    return _written(alg, kid, dict(extra))


def _is_text(value: object) -> bool:
    return type(value) is str  # and not a subclass, which may be equal to another and read otherwise


def _written(alg: str, kid: str | None, extra: Mapping[str, object]) -> str:
    jose_header.check_reserved(extra)
    return jose_header.write({"alg": alg, **({} if kid is None else {"kid": kid}), **extra})
