"""JSON Web Encryption (RFC 7516), compact serialisation.

The public parts of a token are checked first, with specific errors. After that every failure is the same
`DecryptionError` after the same work: if the CEK cannot be found, a random one takes its place, and the
authentication tag fails (§11.5).

Decryption is not authentication: anyone who knows a public key can encrypt to it (RFC 8725 §2.3).
"""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeVar

from cryptography.exceptions import InvalidTag

from django_jwtkit.errors import (
    AlgorithmRefused,
    DecryptionError,
    KeyUnusableError,
    MalformedToken,
    UnknownKey,
)
from django_jwtkit.jose.jwk.key import Key
from django_jwtkit.jose.jwk.key_set import KeySource, source
from django_jwtkit.jose.wire.encoding import MAX_LENGTH, b64u_decode, b64u_encode, split
from django_jwtkit.wording import escape
from django_jwtkit.wording import message as _

from .jwa.content_encryption import ENCRYPTIONS, ContentEncryption, Sealed, random_key
from .jwa.key_management import ALGORITHMS, UNWRAP_FAILURES, KeyManagement, Unwrap
from .wire import header as jose_header

PARTS: Final = 5  # JOSE Header, encrypted key, initialisation vector, ciphertext, authentication tag

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class JWE:
    """A decrypted token: its JOSE Header, its plaintext, and the key that opened it."""

    header: Mapping[str, object]
    plaintext: bytes = field(repr=False)
    key: Key


class _Message(NamedTuple):
    """A parsed token. The CEK remains to be found, and the content to be decrypted."""

    header: Mapping[str, object]
    encryption: ContentEncryption
    unwrap: Unwrap
    iv: bytes
    sealed: Sealed
    aad: bytes


def encrypt(
    plaintext: bytes, key: Key, *, enc: str = "A256GCM", header: Mapping[str, object] | None = None
) -> str:
    """Return `plaintext` as a compact JWE to `key`, with its alg. A public key is enough for RSA and ECDH-ES.

    `header` has more header parameters, such as `cty` or, for ECDH-ES, `apu` and `apv`. Raises
    `KeyUnusableError` for a key that cannot encrypt, and `ValueError` for an unknown `enc` or a reserved
    header parameter.
    """
    if not isinstance(plaintext, bytes):
        raise TypeError(f"plaintext must be bytes, got {type(plaintext).__name__}")
    if not isinstance(key, Key):
        raise TypeError(f"key must be a Key, got {type(key).__name__}")
    if not isinstance(enc, str) or enc not in ENCRYPTIONS:
        raise ValueError(f"enc must be one of {', '.join(ENCRYPTIONS)}, got {str(enc)[:40]!r}")
    key.require("encrypt")
    algorithm, encryption = ALGORITHMS[key.alg], ENCRYPTIONS[enc]
    members = _header(key, enc, {} if header is None else header, algorithm.parameters)
    try:
        cek, encrypted_key, parameters = algorithm.wrap(key, encryption, members)
    except MalformedToken as error:
        raise ValueError(f"bad header: {error}") from error
    aad = jose_header.write({**members, **parameters}).encode("ascii")
    iv = secrets.token_bytes(encryption.iv_size)
    sealed = encryption.encrypt(cek, iv, plaintext, aad)
    return ".".join((aad.decode("ascii"), *map(b64u_encode, (encrypted_key, iv, *sealed))))


def decrypt(
    text: str | bytes,
    keys: KeySource,
    *,
    algorithms: Collection[str],
    encryptions: Collection[str],
    max_length: int = MAX_LENGTH,
) -> JWE:
    """Return the JWE in `text`, decrypted with the key that `keys` finds for its header.

    `algorithms` and `encryptions` are the `alg` and `enc` values allowed, `max_length` counts characters.
    Raises `MalformedToken`, `AlgorithmRefused` or `UnknownKey` for public parts, else `DecryptionError`.
    """
    source(keys)
    allowed = _rows(algorithms, ALGORITHMS), _rows(encryptions, ENCRYPTIONS)
    message = _read(split(text, PARTS, max_length), *allowed)
    key = _find(message.header, keys)
    return JWE(message.header, _open(message, key), key)


def check_call(algorithms: Collection[str], encryptions: Collection[str]) -> None:
    """Raise `TypeError` or `ValueError` for arguments that `decrypt` would refuse."""
    _rows(algorithms, ALGORITHMS)
    _rows(encryptions, ENCRYPTIONS)


def _read(
    segments: list[bytes],
    algorithms: Mapping[str, KeyManagement],
    encryptions: Mapping[str, ContentEncryption],
) -> _Message:
    """Parse the token, without any key. Raises `MalformedToken` or `AlgorithmRefused`."""
    header = jose_header.parse(segments[0])
    algorithm, encryption = _row(header, "alg", algorithms), _row(header, "enc", encryptions)
    encrypted_key, iv, ciphertext, tag = map(b64u_decode, segments[1:])
    if len(iv) != encryption.iv_size or len(tag) != encryption.tag_size:
        raise MalformedToken(_("the IV or the tag is not as long as that of {name}", name=encryption.name))
    unwrap = algorithm.read(header, encrypted_key, encryption)
    return _Message(header, encryption, unwrap, iv, Sealed(ciphertext, tag), aad=segments[0])


def _find(header: Mapping[str, object], keys: KeySource) -> Key:
    key = keys.find(header)
    if key.alg != header["alg"]:  # the key has one algorithm, and the header never chooses
        raise AlgorithmRefused(_("the header's alg is not the key's"))
    try:
        key.require("decrypt")
    except KeyUnusableError as error:
        raise UnknownKey(_("the key that the header names does not decrypt")) from error
    return key


def _open(message: _Message, key: Key) -> bytes:
    try:
        return message.encryption.decrypt(_cek(message, key), message.iv, message.sealed, message.aad)
    except InvalidTag:
        raise DecryptionError(_("the token can't be decrypted")) from None


def _cek(message: _Message, key: Key) -> bytes:
    """Return the CEK, or random octets instead: a failed unwrap must not be visible, even by its time."""
    stand_in = random_key(message.encryption)
    try:
        cek = message.unwrap(key)
    except UNWRAP_FAILURES:
        return stand_in
    return cek if len(cek) == len(stand_in) else stand_in


def _header(key: Key, enc: str, extra: Mapping[str, object], parameters: frozenset[str]) -> dict[str, object]:
    """Return the JOSE Header without the `parameters` that the algorithm sets."""
    if not isinstance(extra, Mapping):
        raise TypeError(f"header must be a mapping, got {type(extra).__name__}")
    jose_header.check_reserved(extra, parameters)
    return {"alg": key.alg, "enc": enc, **({} if key.kid is None else {"kid": key.kid}), **extra}


def _rows(names: Collection[str], table: Mapping[str, Row]) -> Mapping[str, Row]:
    """Return the rows with these `names`. Raises `TypeError` or `ValueError` for a wrong call.

    A str is refused: it would be a collection of the names that it contains.
    """
    if isinstance(names, str | bytes) or not isinstance(names, Collection):
        raise TypeError('algorithms and encryptions must be collections of names such as {"A256KW"}')
    if not all(isinstance(name, str) for name in names):
        raise TypeError("algorithms and encryptions must be named by str")
    if not names or not table.keys() >= set(names):
        unknown = ", ".join(escape(name, 40) for name in sorted(set(names) - table.keys())) or "none"
        raise ValueError(f"algorithms must be one or more of {', '.join(table)}, got {unknown}")
    return {name: table[name] for name in names}


def _row(header: Mapping[str, object], name: str, rows: Mapping[str, Row]) -> Row:
    value = header.get(name)
    if not isinstance(value, str):
        raise MalformedToken(_("the header has no {name}", name=name))
    if value not in rows:
        raise AlgorithmRefused(_("the header's {name} is not allowed here", name=name))
    return rows[value]
