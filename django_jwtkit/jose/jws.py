"""JSON Web Signature (RFC 7515), compact serialisation. The payload is never detached."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django_jwtkit.errors import AlgorithmRefused, BadSignature, KeyUnusableError, UnknownKey
from django_jwtkit.jose.jwk.key import Key
from django_jwtkit.jose.jwk.key_set import KeySource, source
from django_jwtkit.jose.wire.encoding import MAX_LENGTH, b64u_encode, split_jws
from django_jwtkit.jose.wire.header import Known
from django_jwtkit.wording import escape
from django_jwtkit.wording import message as _

from .jwa.signatures import ALGORITHMS, EDDSA
from .wire import header as jose_header
from .wire.media_types import check_type

_SETS: Final = frozenset({set, frozenset})
_KNOWN: Final = frozenset(ALGORITHMS)


@dataclass(frozen=True, slots=True)
class JWS:
    """A verified token: its JOSE Header, its payload, and the key that signed it."""

    header: Mapping[str, object]
    payload: bytes
    key: Key


def sign(payload: bytes, key: Key, *, header: Mapping[str, object] | None = None) -> str:
    """Return `payload` as a compact JWS signed by `key`, with its alg and, if it has one, its kid.

    `header` has more header parameters, such as `typ`. Raises `KeyUnusableError` for a key that cannot sign,
    and `ValueError` or `TypeError` for a header that `verify` would refuse.
    """
    if not isinstance(payload, bytes):
        raise TypeError(f"payload must be bytes, got {type(payload).__name__}")
    if not isinstance(key, Key):
        raise TypeError(f"key must be a Key, got {type(key).__name__}")
    key.require("sign")
    protected = _header_segment(key, {} if header is None else header)
    signing_input = f"{protected}.{b64u_encode(payload)}"
    signature = ALGORITHMS[key.alg].sign(key.native_private, signing_input.encode("ascii"))
    return f"{signing_input}.{b64u_encode(signature)}"


def verify(
    text: str | bytes, keys: KeySource, *, algorithms: Collection[str], max_length: int = MAX_LENGTH
) -> JWS:
    """Return the JWS in `text`, verified with the key that `keys` finds for its header.

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
    """Return the JOSE Header, the payload and the key of the JWS in `text`. Raises `TokenError`.

    Checks, in this order: the syntax, the type, the algorithm, the key and its use, the signature. `typ` and
    `allowed` are results of `media_type` and `allowed_algorithms`.
    """
    known_headers = getattr(keys, "known_headers", None)  # as `source` has it, without a call for each token
    if type(known_headers) is not dict:
        known_headers = source(keys)
    protected, segment, payload, signature = split_jws(text, max_length)
    entry = known_headers.get(protected)
    header = jose_header.parse(protected) if entry is None else dict(entry.members)
    if typ is not None and header.get("typ") not in typ:
        check_type(header, typ)
    if header["alg"] not in allowed:
        raise AlgorithmRefused(_("the header's alg is not allowed here"))
    key = keys.find(header)
    if entry is None or entry.key is not key:
        entry = _check_key(header, key)
    if not entry.check(protected + b"." + segment, signature):
        raise BadSignature(_("the signature is not valid"))
    if known_headers.get(protected) is not entry:
        jose_header.remember(known_headers, protected, entry)
    return header, payload, key


def _check_key(header: Mapping[str, object], key: Key) -> Known:
    """Return `header` with the check of `key`. Raises `TokenError` if the key is not for this header."""
    alg = header["alg"]
    # The key has one algorithm, and the header never chooses. EdDSA is the older name of two algorithms,
    # which the caller has allowed by this name.
    if alg != key.alg and alg != EDDSA.get(key.alg):
        raise AlgorithmRefused(_("the header's alg is not the key's"))
    try:
        key.require("verify")
    except KeyUnusableError as error:
        raise UnknownKey(_("the key that the header names does not verify")) from error
    return Known(dict(header), key, ALGORITHMS[key.alg].checker(key.native_public))


def allowed_algorithms(algorithms: Collection[str]) -> frozenset[str]:
    """Return `algorithms` as a set. Raises `TypeError` or `ValueError` for a str, none, or unknown names."""
    return check_known(check_names(algorithms))


def check_names(algorithms: Collection[str]) -> frozenset[object]:
    """Return the names in `algorithms`. Raises `TypeError` for a str, which is a collection of letters."""
    is_set = type(algorithms) in _SETS  # the usual case, which needs no slow check of abstract classes
    if not is_set and (isinstance(algorithms, str | bytes) or not isinstance(algorithms, Collection)):
        got = type(algorithms).__name__
        raise TypeError(f'algorithms must be a collection of names such as {{"ES256"}}, got {got}')
    if not is_set and not all(isinstance(name, str) for name in algorithms):
        raise TypeError('algorithms must be names such as "ES256", got another type in it')
    return frozenset(algorithms)


@lru_cache(maxsize=64)
def check_known(names: frozenset[object]) -> frozenset[str]:
    """Return `names` if all are signature algorithms. Raises `TypeError` or `ValueError`."""
    if not all(isinstance(name, str) for name in names):
        raise TypeError("algorithms must be named by str")
    if not names or not names <= _KNOWN:
        unknown = ", ".join(escape(name, 40) for name in sorted(map(str, names - _KNOWN))) or "none"
        raise ValueError(f"algorithms must be one or more of {', '.join(sorted(_KNOWN))}, got {unknown}")
    # Our own str objects, because the result is cached and an equal one, of an Enum say, may print
    # differently.
    return frozenset([name for name in _KNOWN if name in names])


def _header_segment(key: Key, extra: Mapping[str, object]) -> str:
    """Return the segment of the JOSE Header. It is the same for all tokens of one key and kind."""
    if not isinstance(extra, Mapping):
        raise TypeError(f"header must be a mapping, got {type(extra).__name__}")
    if all(map(_is_text, (*extra, *extra.values()))):
        return _write_cached(key.alg, key.kid, tuple(extra.items()))
    return _write(key.alg, key.kid, extra)


@lru_cache(maxsize=64)  # saves 2.9 µs
def _write_cached(alg: str, kid: str | None, extra: tuple[tuple[str, object], ...]) -> str:
    return _write(alg, kid, dict(extra))


def _is_text(value: object) -> bool:
    return type(value) is str  # not a subclass, which may equal another str and print differently


def _write(alg: str, kid: str | None, extra: Mapping[str, object]) -> str:
    jose_header.check_reserved(extra)
    return jose_header.write({"alg": alg, **({} if kid is None else {"kid": kid}), **extra})
