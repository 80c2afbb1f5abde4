"""JSON Web Token (RFC 7519): a signed Claims Set, or one signed and then encrypted.

Reading is always all three: parse and prove, validate, return.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Unpack

from django_jwtkit.errors import ClaimError, MalformedToken, WrongType

from . import jwe, jws
from .claims import check_types, validate
from .encoding import MAX_LENGTH, dumps, loads
from .expectation import Expected, expect, moment, numeric_date
from .jwa.content_encryption import ENCRYPTIONS
from .jwa.key_management import ALGORITHMS as KEY_MANAGEMENT
from .jwk import Key
from .key_set import KeySource, source

_DATES: Final = ("exp", "nbf", "iat")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A good token: the JOSE Header of its JWS, its Claims Set, and the key that signed it."""

    header: Mapping[str, object]
    claims: dict[str, object]
    key: Key


class Options(Expected, total=False):
    """What `decode` takes besides: `Expected`, and what is said of the layers.

    `typ` is demanded, with or without "application/" and in any case (RFC 8725 §3.11). With `decrypt_with`
    the token must be a nested JWT, encrypted to one of these keys by one of `encryption_algorithms` (by
    default those of the keys) and `encryptions` (by default all). `max_length` counts the characters of
    either layer. `now` is an aware datetime or seconds since 1970, by default the clock's.
    """

    now: float | datetime | None
    typ: str | None
    decrypt_with: KeySource | None
    encryption_algorithms: Collection[str] | None
    encryptions: Collection[str] | None
    max_length: int


def encode(
    claims: Mapping[str, object],
    key: Key,
    *,
    typ: str | None = "JWT",
    header: Mapping[str, object] | None = None,
    encrypt_to: Key | None = None,
    enc: str = "A256GCM",
) -> str:
    """Return `claims` signed by `key` and, with `encrypt_to`, encrypted to that key (a nested JWT).

    exp, nbf and iat may be aware datetimes. `header` are more parameters of the JOSE Header of the JWS.
    Raises `KeyUnusableError` for a key that does not fit, `TypeError` or `ValueError` for what `decode` would
    not read.
    """
    more = {} if typ is None else {"typ": typ}
    text = jws.sign(_payload(claims), key, header={**more, **(header or {})})
    if encrypt_to is None:
        return text
    return jwe.encrypt(text.encode("ascii"), encrypt_to, enc=enc, header={"cty": "JWT"})


def decode(
    text: str | bytes, keys: KeySource, *, algorithms: Collection[str], **options: Unpack[Options]
) -> dict[str, object]:
    """Return the Claims Set of the JWT in `text`, proven by a key of `keys`, then validated by `Options`.

    Raises `TokenError`, and `TypeError` or `ValueError` for a wrong call.
    """
    _, claims, _ = _read(text, keys, algorithms, **options)
    return claims


def read(
    text: str | bytes, keys: KeySource, *, algorithms: Collection[str], **options: Unpack[Options]
) -> Decoded:
    """Return all that `decode` has seen: the JOSE Header of the JWS, the claims and the signing key."""
    return Decoded(*_read(text, keys, algorithms, **options))


def _read(
    text: str | bytes,
    keys: KeySource,
    algorithms: Collection[str],
    *,
    typ: str | None = None,
    decrypt_with: KeySource | None = None,
    encryption_algorithms: Collection[str] | None = None,
    encryptions: Collection[str] | None = None,
    max_length: int = MAX_LENGTH,
    now: float | datetime | None = None,
    issuer: str | None = None,
    audience: str | Collection[str] | None = None,
    required: Collection[str] = frozenset(),
    leeway: float | timedelta = 0,
    skew: float | timedelta | None = None,
) -> tuple[Mapping[str, object], dict[str, object], Key]:
    known, allowed = source(keys), jws.allowed_algorithms(algorithms)
    expectation, at = expect(issuer, audience, required, leeway, skew), moment(now)
    wanted = None if typ is None else media_type(typ)
    if decrypt_with is not None:
        by = encryption_algorithms or _algorithms_of(decrypt_with)
        text = _decrypted(text, decrypt_with, by, encryptions or ENCRYPTIONS.keys(), max_length)
    token = jws.parse(text, max_length, known)
    if wanted is not None:
        _check_type(token.header, wanted)
    key = jws.prove(token, keys, allowed, known)
    claims = loads(token.payload)
    validate(claims, expectation, at)
    return token.header, claims, key


def media_type(typ: str) -> str:
    """Return `typ` as it is compared: in lower case, without "application/" (RFC 7515 §4.1.9)."""
    if not isinstance(typ, str):
        raise TypeError("typ is text")
    if not typ:
        raise ValueError("typ is empty")
    return typ.lower().removeprefix("application/")


def _check_type(header: Mapping[str, object], wanted: str) -> None:
    typ = header.get("typ")
    if typ != wanted and not (isinstance(typ, str) and typ and media_type(typ) == wanted):
        raise WrongType("another kind of token than this one")


def _decrypted(
    text: str | bytes,
    keys: KeySource,
    algorithms: Collection[str],
    encryptions: Collection[str],
    max_length: int,
) -> bytes:
    """Return the token inside; that it is a JWS of ours is still to be seen (RFC 8725 §2.3)."""
    source(keys)
    outer = jwe.decrypt(text, keys, algorithms=algorithms, encryptions=encryptions, max_length=max_length)
    cty = outer.header.get("cty")
    if not isinstance(cty, str) or not cty or media_type(cty) != "jwt":
        raise MalformedToken("the encrypted token does not say that it holds a JWT (cty)")
    return outer.plaintext


def _algorithms_of(keys: KeySource) -> Collection[str]:
    """A key decrypts by its own algorithm only, so nothing is won by naming it again."""
    return {keys.alg} if isinstance(keys, Key) else KEY_MANAGEMENT.keys()


def _payload(claims: Mapping[str, object]) -> bytes:
    """Return the Claims Set as octets that `decode` would read."""
    if not isinstance(claims, Mapping) or not all(isinstance(name, str) for name in claims):
        raise TypeError("a Claims Set is a mapping with names of text")
    moments = {name: found for name in _DATES if isinstance(found := claims.get(name), datetime)}
    dates = {name: int(numeric_date(found)) for name, found in moments.items()}
    try:
        payload = dumps({**claims, **dates})
        check_types(loads(payload))
    except (MalformedToken, ClaimError) as error:
        raise ValueError(f"these claims would be refused: {error}") from error
    except RecursionError as error:
        raise ValueError("these claims are nested too deep") from error
    return payload
