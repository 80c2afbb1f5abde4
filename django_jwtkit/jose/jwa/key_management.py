"""Key management (RFC 7518 §4): how the recipient of a JWE gets its CEK.

Reading has two steps. `read` checks the public parts, sizes and header parameters, and its errors are
specific. The function that it returns gets the key, and its errors must not be visible: the caller treats
them all alike.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, NamedTuple, Protocol, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from django_jwtkit.errors import KeyUnusableError, MalformedToken
from django_jwtkit.jose.wire.encoding import b64u_encode
from django_jwtkit.wording import message as _

from .content_encryption import ENCRYPTIONS, GCM, ContentEncryption, Sealed, random_key
from .key_agreement import CURVES, derive, octets, read_epk
from .key_types import Fit, Native

Header = Mapping[str, object]

UNWRAP_FAILURES: Final = (InvalidUnwrap, InvalidTag, ValueError)
MAX_PARTY_INFO: Final = 512  # octets of apu and of apv


class KeyMaterial(Protocol):
    """The attributes of a `Key` that the rows use. The `Fit` has already determined their types."""

    @property
    def crv(self) -> str | None: ...
    @property
    def native_public(self) -> Native: ...
    @property
    def native_private(self) -> Native: ...


Unwrap = Callable[[KeyMaterial], bytes]


class Wrapped(NamedTuple):
    """A CEK, its encrypted form, and the header parameters needed to decrypt it."""

    cek: bytes
    encrypted_key: bytes
    parameters: Mapping[str, object]

    def __repr__(self) -> str:
        return "Wrapped(…)"  # it may appear on an error page


class KeyManagement(Protocol):
    """A row: an `alg` value, the keys that fit, the header parameters it writes, and the two operations."""

    @property
    def name(self) -> str: ...
    @property
    def fit(self) -> Fit: ...
    @property
    def parameters(self) -> frozenset[str]: ...

    def wrap(self, key: KeyMaterial, encryption: ContentEncryption, header: Header) -> Wrapped:
        """Return a CEK for one message. Raises `KeyUnusableError`, or `MalformedToken` for the header."""

    def read(self, header: Header, encrypted_key: bytes, encryption: ContentEncryption) -> Unwrap:
        """Return the function from a key to the CEK. Raises `MalformedToken` for public faults.

        The function raises one of `UNWRAP_FAILURES`, or returns octets, whose number may be wrong.
        """


@dataclass(frozen=True, slots=True)
class Direct:
    """The shared key is the CEK (§4.5)."""

    name: str
    parameters: ClassVar[frozenset[str]] = frozenset()

    @property
    def fit(self) -> Fit:
        return Fit("enc", "oct", octets=frozenset(row.key_size for row in ENCRYPTIONS.values()))

    def wrap(self, key: KeyMaterial, encryption: ContentEncryption, header: Header) -> Wrapped:
        cek = _secret(key)
        if len(cek) != encryption.key_size:
            raise KeyUnusableError(
                f"the key must have {encryption.key_size} octets for {encryption.name}, got {len(cek)}"
            )
        return Wrapped(cek, b"", {})

    def read(self, header: Header, encrypted_key: bytes, encryption: ContentEncryption) -> Unwrap:
        _check_size(encrypted_key, 0)
        return _secret


@dataclass(frozen=True, slots=True)
class KeyWrap:
    """AES Key Wrap with a key of `size` octets (§4.4, RFC 3394)."""

    name: str
    size: int
    overhead: ClassVar[int] = 8
    parameters: ClassVar[frozenset[str]] = frozenset()

    @property
    def fit(self) -> Fit:
        return Fit("enc", "oct", octets=frozenset({self.size}))

    def wrap(self, key: KeyMaterial, encryption: ContentEncryption, header: Header) -> Wrapped:
        cek = random_key(encryption)
        return Wrapped(cek, aes_key_wrap(_secret(key), cek), {})

    def read(self, header: Header, encrypted_key: bytes, encryption: ContentEncryption) -> Unwrap:
        _check_size(encrypted_key, encryption.key_size + self.overhead)
        return lambda key: aes_key_unwrap(_secret(key), encrypted_key)


@dataclass(frozen=True, slots=True)
class GCMKeyWrap:
    """Key wrapping by AES-GCM, whose IV and tag travel in the header (§4.7)."""

    name: str
    cipher: GCM
    parameters: ClassVar[frozenset[str]] = frozenset({"iv", "tag"})

    @property
    def fit(self) -> Fit:
        return Fit("enc", "oct", octets=frozenset({self.cipher.key_size}))

    def wrap(self, key: KeyMaterial, encryption: ContentEncryption, header: Header) -> Wrapped:
        cek, iv = random_key(encryption), secrets.token_bytes(self.cipher.iv_size)
        encrypted_key, tag = self.cipher.encrypt(_secret(key), iv, cek, b"")
        return Wrapped(cek, encrypted_key, {"iv": b64u_encode(iv), "tag": b64u_encode(tag)})

    def read(self, header: Header, encrypted_key: bytes, encryption: ContentEncryption) -> Unwrap:
        iv, tag = octets(header.get("iv")), octets(header.get("tag"))
        _check_size(iv, self.cipher.iv_size)
        _check_size(tag, self.cipher.tag_size)
        _check_size(encrypted_key, encryption.key_size)
        return lambda key: self.cipher.decrypt(_secret(key), iv, Sealed(encrypted_key, tag), b"")


@dataclass(frozen=True, slots=True)
class OAEPEncryption:
    """RSAES OAEP, with one hash for label and mask (§4.3). The encrypted key is as long as the modulus."""

    name: str
    digest: HashAlgorithm
    parameters: ClassVar[frozenset[str]] = frozenset()
    fit: ClassVar[Fit] = Fit("enc", "RSA")

    def wrap(self, key: KeyMaterial, encryption: ContentEncryption, header: Header) -> Wrapped:
        cek = random_key(encryption)
        return Wrapped(cek, key.native_public.encrypt(cek, self._padding()), {})

    def read(self, header: Header, encrypted_key: bytes, encryption: ContentEncryption) -> Unwrap:
        return lambda key: bytes(key.native_private.decrypt(encrypted_key, self._padding()))

    def _padding(self) -> OAEP:
        return OAEP(MGF1(self.digest), self.digest, label=None)


@dataclass(frozen=True, slots=True)
class KeyAgreement:
    """ECDH-ES (§4.6) with a new ephemeral key a message. It gives the CEK or, with `wrapping`, its KEK."""

    name: str
    wrapping: KeyWrap | None = None
    parameters: ClassVar[frozenset[str]] = frozenset({"epk"})  # apu and apv come from the caller
    fit: ClassVar[Fit] = Fit("enc", "EC", curves=frozenset(CURVES))

    def wrap(self, key: KeyMaterial, encryption: ContentEncryption, header: Header) -> Wrapped:
        curve, parties = CURVES[cast("str", key.crv)], _parties(header)
        ephemeral = curve.ephemeral()
        agreed = self._derive(curve.agree(ephemeral.private, key.native_public), encryption, parties)
        epk = {"epk": curve.epk(ephemeral)}
        if self.wrapping is None:
            return Wrapped(agreed, b"", epk)
        cek = random_key(encryption)
        return Wrapped(cek, aes_key_wrap(agreed, cek), epk)

    def read(self, header: Header, encrypted_key: bytes, encryption: ContentEncryption) -> Unwrap:
        epk, parties = read_epk(header.get("epk")), _parties(header)
        _check_size(encrypted_key, encryption.key_size + self.wrapping.overhead if self.wrapping else 0)

        def unwrap(key: KeyMaterial) -> bytes:
            if key.crv != epk.curve.name:
                raise MalformedToken(_("epk must be on the curve of the key"))
            agreed = self._derive(epk.agree(key.native_private), encryption, parties)
            return aes_key_unwrap(agreed, encrypted_key) if self.wrapping else agreed

        return unwrap

    def _derive(self, secret: bytes, encryption: ContentEncryption, parties: tuple[bytes, bytes]) -> bytes:
        if self.wrapping is None:
            return derive(secret, encryption.name, encryption.key_size, parties)
        return derive(secret, self.name, self.wrapping.size, parties)


def _secret(key: KeyMaterial) -> bytes:
    return cast("bytes", key.native_private)


def _check_size(value: bytes, size: int) -> None:
    if len(value) != size:
        raise MalformedToken(
            _(
                "a part of the token must have {size} octets for its algorithm, got {actual}",
                size=size,
                actual=len(value),
            )
        )


def _parties(header: Header) -> tuple[bytes, bytes]:
    apu, apv = (octets(header[name]) if name in header else b"" for name in ("apu", "apv"))
    if max(len(apu), len(apv)) > MAX_PARTY_INFO:
        raise MalformedToken(_("apu or apv has more than {limit} octets", limit=MAX_PARTY_INFO))
    return apu, apv


_A128KW, _A192KW, _A256KW = KeyWrap("A128KW", 16), KeyWrap("A192KW", 24), KeyWrap("A256KW", 32)
_ROWS: Final[tuple[KeyManagement, ...]] = (
    Direct("dir"),
    _A128KW,
    _A192KW,
    _A256KW,
    GCMKeyWrap("A128GCMKW", GCM("A128GCM", 16)),
    GCMKeyWrap("A192GCMKW", GCM("A192GCM", 24)),
    GCMKeyWrap("A256GCMKW", GCM("A256GCM", 32)),
    OAEPEncryption("RSA-OAEP", SHA1()),  # noqa: S303  OAEP does not need a hash without collisions
    OAEPEncryption("RSA-OAEP-256", SHA256()),
    KeyAgreement("ECDH-ES"),
    KeyAgreement("ECDH-ES+A128KW", _A128KW),
    KeyAgreement("ECDH-ES+A192KW", _A192KW),
    KeyAgreement("ECDH-ES+A256KW", _A256KW),
)
ALGORITHMS: Final[Mapping[str, KeyManagement]] = {row.name: row for row in _ROWS}
