"""Content encryption (RFC 7518 §5): encryption of the plaintext of a JWE with its CEK.

A row has the exact sizes of CEK, IV and tag in octets: a shorter tag is easier to forge, and GCM is only
analysed for this size of IV. `jwe` checks the sizes when it parses a token; the rows do not.
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
    """The result of a content encryption."""

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
        """Return ciphertext and tag of `plaintext`. The tag also covers `aad`."""

    def decrypt(self, cek: bytes, iv: bytes, sealed: Sealed, aad: bytes) -> bytes:
        """Return the plaintext after a check of the tag. Raises `InvalidTag` for every fault."""


@dataclass(frozen=True, slots=True)
class GCM:
    """AES-GCM with a 96-bit IV and a 128-bit tag (RFC 7518 §5.3)."""

    name: str
    key_size: int
    iv_size: ClassVar[int] = 12
    tag_size: ClassVar[int] = 16

    def encrypt(self, cek: bytes, iv: bytes, plaintext: bytes, aad: bytes) -> Sealed:
        octets = AESGCM(cek).encrypt(iv, plaintext, aad)
        return Sealed(octets[: -self.tag_size], octets[-self.tag_size :])

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
        # The MAC first (§5.2.2.2): without it an attacker could use the padding as an oracle.
        if not hmac.compare_digest(self._tag(cek, iv, sealed.ciphertext, aad), sealed.tag):
            raise InvalidTag
        decryptor = self._cipher(cek, iv).decryptor()
        unpadder = PKCS7(AES.block_size).unpadder()
        try:
            padded = decryptor.update(sealed.ciphertext) + decryptor.finalize()
            return unpadder.update(padded) + unpadder.finalize()
        except ValueError as error:  # a valid MAC over bad padding is a fault of the sender, who has the key
            raise InvalidTag from error

    def _cipher(self, cek: bytes, iv: bytes) -> Cipher[CBC]:
        return Cipher(AES(cek[self.key_size // 2 :]), CBC(iv))

    def _tag(self, cek: bytes, iv: bytes, ciphertext: bytes, aad: bytes) -> bytes:
        covered = aad + iv + ciphertext + (len(aad) * 8).to_bytes(8, "big")
        return hmac.digest(cek[: self.key_size // 2], covered, self.digest)[: self.tag_size]


def random_key(encryption: ContentEncryption) -> bytes:
    """Return a new CEK."""
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
