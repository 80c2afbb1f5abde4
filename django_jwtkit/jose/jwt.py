"""JSON Web Token (RFC 7519): a signed Claims Set, or one that is signed and then encrypted.

`decode` always does all three: it parses, verifies and validates.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final, Unpack

from django_jwtkit.errors import ClaimError, MalformedToken
from django_jwtkit.jose.claims.expectation import (
    Expectation,
    Expected,
    expect,
    moment,
    numeric_date,
)
from django_jwtkit.jose.claims.registered import Claims
from django_jwtkit.jose.claims.validating import check_order, check_types, validate
from django_jwtkit.jose.jwk.key import Key
from django_jwtkit.jose.jwk.key_set import KeySource, source
from django_jwtkit.jose.wire.encoding import MAX_LENGTH, dumps, loads
from django_jwtkit.jose.wire.media_types import media_type
from django_jwtkit.wording import message as _

from . import jwe, jws
from .jwa.content_encryption import ENCRYPTIONS
from .jwa.key_management import ALGORITHMS as KEY_MANAGEMENT

_DATES: Final = ("exp", "nbf", "iat")


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

    exp, nbf and iat may be aware datetimes. `header` has more parameters for the JOSE Header of the JWS, such
    as `x5t`. It must not have typ (pass `typ=`), alg or kid, or a parameter that names a key (jwk, jku, x5u,
    x5c). Raises `KeyUnusableError` for a key that does not fit, and `TypeError` or `ValueError` for arguments
    whose token `decode` would refuse.
    """
    more: dict[str, object] = {} if typ is None else {"typ": typ}
    if header is not None:
        more = {**more, **_check_header(header)}
    text = jws.sign(_payload(claims), key, header=more)
    if encrypt_to is None:
        return text
    return jwe.encrypt(text.encode("ascii"), encrypt_to, enc=enc, header={"cty": "JWT"})


def decode(
    text: str | bytes,
    keys: KeySource,
    *,
    algorithms: Collection[str],
    now: float | datetime | None = None,
    max_length: int = MAX_LENGTH,
    decrypt_with: KeySource | None = None,
    encryption_algorithms: Collection[str] | None = None,
    encryptions: Collection[str] | None = None,
    **expected: Unpack[Expected],
) -> Claims:
    """Return the Claims Set of the JWT in `text`, verified with `keys` and validated as `Expected`.

    `now` is an aware datetime or seconds since 1970, by default the present time. `max_length` counts the
    characters of each layer. With `decrypt_with` the token must be a nested JWT (see `decrypt_nested`).

    Raises `TokenError`, and `TypeError` or `ValueError` for a wrong call.
    """
    expectation, at = expect(algorithms, **expected), moment(now)
    if decrypt_with is not None:
        source(keys)  # raises for a wrong call before any token is read
        text = decrypt_nested(text, decrypt_with, encryption_algorithms, encryptions, max_length)
    return read(text, keys, expectation, at, max_length)[1]


class Decoder:
    """`decode` for many tokens of one kind, with the checks of its arguments done once.

    The arguments are those of `decode`, except `text` and `now`. It caches no tokens.
    """

    __slots__ = ("_decryption", "_expectation", "_keys", "_max_length")

    def __init__(
        self,
        keys: KeySource,
        *,
        algorithms: Collection[str],
        max_length: int = MAX_LENGTH,
        decrypt_with: KeySource | None = None,
        encryption_algorithms: Collection[str] | None = None,
        encryptions: Collection[str] | None = None,
        **expected: Unpack[Expected],
    ) -> None:
        """Raise `TypeError` or `ValueError` for a wrong call now, not at the first token."""
        source(keys)
        self._keys, self._max_length = keys, max_length
        self._expectation = expect(algorithms, **expected)
        self._decryption = None
        if decrypt_with is not None:
            source(decrypt_with)
            allowed = _allowed(decrypt_with, encryption_algorithms, encryptions)
            jwe.check_call(*allowed)
            self._decryption = decrypt_with, *allowed

    def __call__(self, text: str | bytes, now: float | datetime | None = None) -> Claims:
        """Return the Claims Set of the JWT in `text`, as `decode` does. Raises `TokenError`."""
        at = moment(now)
        if self._decryption is not None:
            text = decrypt_nested(text, *self._decryption, self._max_length)
        return read(text, self._keys, self._expectation, at, self._max_length)[1]

    def __repr__(self) -> str:
        return f"<Decoder {', '.join(sorted(self._expectation.algorithms))}>"


def read(
    text: str | bytes, keys: KeySource, expected: Expectation, at: float, max_length: int = MAX_LENGTH
) -> tuple[dict[str, object], Claims, Key]:
    """Return header, claims and key of the verified and validated JWT in `text`. Raises `TokenError`.

    This is `decode` for callers that build the `Expectation` once. `at` is a NumericDate.
    """
    header, payload, key = jws.prove(text, keys, expected.algorithms, typ=expected.typ, max_length=max_length)
    claims: Claims = loads(payload)  # type: ignore[assignment]  # a type that `validate` checks
    validate(claims, expected, at)
    return header, claims, key


def decrypt_nested(
    text: str | bytes,
    keys: KeySource,
    algorithms: Collection[str] | None = None,
    encryptions: Collection[str] | None = None,
    max_length: int = MAX_LENGTH,
) -> bytes:
    """Return the token inside a nested JWT, which is not verified by that (RFC 8725 §2.3).

    It must be encrypted to one of `keys`, with one of `algorithms` (by default those of the keys) and one of
    `encryptions` (by default all).
    """
    source(keys)
    by, content = _allowed(keys, algorithms, encryptions)
    outer = jwe.decrypt(text, keys, algorithms=by, encryptions=content, max_length=max_length)
    cty = outer.header.get("cty")
    if not isinstance(cty, str) or not cty or media_type(cty) != "jwt":
        raise MalformedToken(_("the encrypted token does not say that it holds a JWT (cty)"))
    return outer.plaintext


def _allowed(
    keys: KeySource, algorithms: Collection[str] | None, encryptions: Collection[str] | None
) -> tuple[Collection[str], Collection[str]]:
    """Return the allowed alg and enc values.

    A key decrypts with its own algorithm only, so the caller need not name it again.
    """
    own = {keys.alg} if isinstance(keys, Key) else KEY_MANAGEMENT.keys()
    by = own if algorithms is None else algorithms  # an empty collection is a wrong call
    content = ENCRYPTIONS.keys() if encryptions is None else encryptions
    return by, content


def _check_header(header: Mapping[str, object]) -> Mapping[str, object]:
    """Return the caller's header parameters. Raises `TypeError`, or `ValueError` if typ is one of them."""
    if not isinstance(header, Mapping):
        raise TypeError(f"header must be a mapping, got {type(header).__name__}")
    if "typ" in header:
        raise ValueError("typ must be passed as typ=, not in header=")
    return header


def _payload(claims: Mapping[str, object]) -> bytes:
    """Return the Claims Set as octets. Raises for claims that `decode` would refuse."""
    if not isinstance(claims, Mapping) or not all(isinstance(name, str) for name in claims):
        raise TypeError("claims must be a mapping with names of type str")
    datetimes = {name: value for name in _DATES if isinstance(value := claims.get(name), datetime)}
    dates = {name: int(numeric_date(value)) for name, value in datetimes.items()}
    try:
        payload = dumps({**claims, **dates})
        check_order(*check_types(loads(payload)))
    except (MalformedToken, ClaimError) as error:
        raise ValueError(f"claims would be refused: {error}") from error
    except RecursionError as error:
        raise ValueError("claims are nested too deep") from error
    return payload
