"""Content encryption (RFC 7518 §5): how the plaintext of a JWE is sealed under its CEK.

A row says how many octets its CEK, IV and tag have. These sizes are exact: a shorter tag is easier to forge,
another IV takes GCM off its proven path. The rows don't check them; `jwe` does, once, when it reads a token.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, NamedTuple, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7


class Sealed(NamedTuple):
    """What a content encryption makes of a plaintext."""

    ciphertext: bytes
    tag: bytes


class ContentEncryption(Protocol):
    """A row: an `enc` value, its sizes in octets, and the two operations."""

    @property
    def name(self) -> str: ...
    @property
    def key_size(self) -> int: ...
    @property
    def iv_size(self) -> int: ...
    @property
    def tag_size(self) -> int: ...

    def encrypt(self, cek: bytes, iv: bytes, plaintext: bytes, aad: bytes) -> Sealed:
        """Return ciphertext and tag of `plaintext`; the tag covers `aad` too."""

    def decrypt(self, cek: bytes, iv: bytes, sealed: Sealed, aad: bytes) -> bytes:
        """Return the plaintext, its tag proven; raise `InvalidTag`, whatever is wrong."""


@dataclass(frozen=True, slots=True)
class GCM:
    """AES-GCM with a 96-bit IV and a 128-bit tag (RFC 7518 §5.3)."""

    name: str
    key_size: int
    iv_size: ClassVar[int] = 12
    tag_size: ClassVar[int] = 16

    def encrypt(self, cek: bytes, iv: bytes, plaintext: bytes, aad: bytes) -> Sealed:
        whole = AESGCM(cek).encrypt(iv, plaintext, aad)
        return Sealed(whole[: -self.tag_size], whole[-self.tag_size :])

    def decrypt(self, cek: bytes, iv: bytes, sealed: Sealed, aad: bytes) -> bytes:
        return AESGCM(cek).decrypt(iv, sealed.ciphertext + sealed.tag, aad)


@dataclass(frozen=True, slots=True)
class CBCWithHMAC:
    """AES-CBC and then HMAC (RFC 7518 §5.2): the first half of the CEK authenticates, the second encrypts."""

    name: str
    key_size: int
    digest: str
    iv_size: ClassVar[int] = 16

    @property
    def tag_size(self) -> int:
        return self.key_size // 2

    def encrypt(self, cek: bytes, iv: bytes, plaintext: bytes, aad: bytes) -> Sealed:
        padder = PKCS7(AES.block_size).padder()
        encryptor = self._cipher(cek, iv).encryptor()
        padded = padder.update(plaintext) + padder.finalize()
        ciphertext = encryptor.update(padded) + encryptor.finalize()
        return Sealed(ciphertext, self._tag(cek, iv, ciphertext, aad))

    def decrypt(self, cek: bytes, iv: bytes, sealed: Sealed, aad: bytes) -> bytes:
        # The MAC first and whole (§5.2.2.2): who can't forge it never gets to ask about the padding.
        if not hmac.compare_digest(self._tag(cek, iv, sealed.ciphertext, aad), sealed.tag):
            raise InvalidTag
        decryptor = self._cipher(cek, iv).decryptor()
        unpadder = PKCS7(AES.block_size).unpadder()
        try:
            padded = decryptor.update(sealed.ciphertext) + decryptor.finalize()
            return unpadder.update(padded) + unpadder.finalize()
        except ValueError as error:  # a good MAC over a bad padding: the sender holds the key and errs
            raise InvalidTag from error

    def _cipher(self, cek: bytes, iv: bytes) -> Cipher[CBC]:
        return Cipher(AES(cek[self.key_size // 2 :]), CBC(iv))

    def _tag(self, cek: bytes, iv: bytes, ciphertext: bytes, aad: bytes) -> bytes:
        covered = aad + iv + ciphertext + (len(aad) * 8).to_bytes(8, "big")
        return hmac.digest(cek[: self.key_size // 2], covered, self.digest)[: self.tag_size]


def random_key(encryption: ContentEncryption) -> bytes:
    """Return a fresh CEK."""
    return secrets.token_bytes(encryption.key_size)


_ROWS: Final[tuple[ContentEncryption, ...]] = (
    GCM("A128GCM", 16),
    GCM("A192GCM", 24),
    GCM("A256GCM", 32),
    CBCWithHMAC("A128CBC-HS256", 32, "sha256"),
    CBCWithHMAC("A192CBC-HS384", 48, "sha384"),
    CBCWithHMAC("A256CBC-HS512", 64, "sha512"),
)
ENCRYPTIONS: Final[Mapping[str, ContentEncryption]] = {row.name: row for row in _ROWS}
