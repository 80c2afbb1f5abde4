"""A key as a value (RFC 7517): checked when it is created, and bound to one algorithm permanently."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, SupportsIndex

from django_jwtkit.errors import KeyUnusableError, UnknownKey
from django_jwtkit.jose.jwa import FITS
from django_jwtkit.jose.jwa.content_encryption import ENCRYPTIONS
from django_jwtkit.jose.jwa.key_types import KEY_TYPES, KeyType, Material, Members, Native
from django_jwtkit.jose.jwa.key_types.elliptic import CURVES as EC_CURVES
from django_jwtkit.jose.jwa.key_types.octet_pairs import CURVES as OKP_CURVES
from django_jwtkit.jose.jwa.key_types.rsa import GENERATED_BITS
from django_jwtkit.jose.wire.encoding import b64u_encode, dumps
from django_jwtkit.jose.wire.header import MAX_KID, KnownHeaders, is_foreign_kid
from django_jwtkit.wording import escape
from django_jwtkit.wording import message as _

from . import key_use, pem
from .mistaken import describe_no_jwk

_CURVES: Final[Mapping[str, frozenset[str]]] = {"EC": frozenset(EC_CURVES), "OKP": frozenset(OKP_CURVES)}
_PREFERRED_CURVES: Final = frozenset({"P-256", "Ed25519"})  # where an algorithm has several
_PREFERRED_OCTETS: Final = 32


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Key:
    """An immutable key. Create one with `generate()`, `from_dict()` or `from_pem()`.

    `kid` is its name or None, `alg` its only algorithm, `use` "sig" or "enc", and `key_ops` that of its JWK
    or None. It is a `KeySource` of itself. Keys are equal if all of these and the key material are equal.
    """

    kid: str | None
    alg: str
    use: str
    key_ops: tuple[str, ...] | None
    material: Material = field(repr=False)
    known_headers: KnownHeaders = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def generate(
        cls, alg: str, *, kid: str | None = None, size: int | None = None, crv: str | None = None
    ) -> "Key":
        """Return a new private key for `alg`. Its kid is its thumbprint, or random if the key is symmetric.

        `size` is in bits for RSA (3072) and in octets for symmetric keys (by default the length of the hash).
        `crv` is the curve for ECDH-ES. Raises `KeyUnusableError`.
        """
        if not isinstance(alg, str) or alg not in FITS:
            raise KeyUnusableError(f"alg must be one of {', '.join(FITS)}, got {escape(alg, 40)!r}")
        if size is not None and type(size) is not int:
            raise KeyUnusableError(f"size must be an int, got {type(size).__name__}")
        if crv is not None and not isinstance(crv, str):
            raise KeyUnusableError(f'crv must be a str such as "P-256", got {type(crv).__name__}')
        crv = crv or min(FITS[alg].curves, key=lambda name: name not in _PREFERRED_CURVES, default="")
        row = _row_for(alg, crv)
        material = row.generate(alg, crv, _size(alg, row, size))
        key_use.check_length(alg, material)
        key = cls(_kid(kid), alg, FITS[alg].use, None, material)
        if kid is not None:
            return key
        return replace(key, kid=_random_kid() if row.kty == "oct" else key.thumbprint())

    @classmethod
    def from_dict(cls, jwk: Mapping[str, object], *, alg: str | None = None, kid: str | None = None) -> "Key":
        """Return the key in a JWK (RFC 7517 §4). Raises `KeyUnusableError` for a key that must not be used.

        `alg` is for a JWK without one; `kid` replaces that of the JWK. Certificates (x5c, x5t, x5u) and
        unknown members are ignored.
        """
        return cls._read(jwk, alg, kid, _row_of(jwk).load)

    @classmethod
    def reopen(cls, jwk: Mapping[str, object], *, alg: str, kid: str) -> "Key":
        """Return the key in a JWK that `from_dict` has accepted before, and that was authenticated since.

        The primes of an RSA key are not tested again. Raises `KeyUnusableError` for a damaged key.
        """
        row = _row_of(jwk)
        return cls._read(jwk, alg, kid, row.reopen or row.load)

    @classmethod
    def _read(
        cls,
        jwk: Mapping[str, object],
        alg: str | None,
        kid: str | None,
        load: Callable[[Members], Material],
    ) -> "Key":
        alg = key_use.algorithm(jwk, alg)
        use = FITS[alg].use
        key_ops = key_use.operations(jwk, use)
        material = load({**jwk, "alg": alg})
        key_use.check_length(alg, material)
        key_use.check_content_encryption(jwk, material)
        return cls(_kid(jwk.get("kid") if kid is None else kid), alg, use, key_ops, material)

    @classmethod
    def from_pem(
        cls, text: bytes | str, *, alg: str, kid: str | None = None, password: bytes | str | None = None
    ) -> "Key":
        """Return the only key in a PEM, decrypted with `password`. Raises `KeyUnusableError`."""
        return cls.from_dict(pem.read(text, password), alg=alg, kid=kid)

    @property
    def kty(self) -> str:
        """The key type: "oct", "RSA", "EC", "OKP" or "AKP"."""
        return self.material.kty

    @property
    def is_symmetric(self) -> bool:
        """Whether the key has no public part."""
        return self.kty == "oct"

    @property
    def crv(self) -> str | None:
        """The curve of an EC or OKP key."""
        return self.material.crv

    @property
    def private(self) -> bool:
        """Whether it can sign or decrypt; a symmetric key always can."""
        return self.material.private is not None

    @property
    def native_public(self) -> Native:
        """The public key of cryptography, or the octets of a symmetric key."""
        return self.material.public

    @property
    def native_private(self) -> Native:
        """The private key of cryptography, or the octets of a symmetric key, or None."""
        return self.material.private

    def require(self, operation: str) -> None:
        """Raise `KeyUnusableError` unless the key may "sign", "verify", "encrypt" or "decrypt"."""
        allowing = key_use.OPERATIONS[self.use].get(operation)
        if allowing is None:
            raise KeyUnusableError(f"a key of use {self.use!r} cannot {operation}")
        if operation in key_use.SECRET and self.material.private is None:
            raise KeyUnusableError(f"a public key cannot {operation}: use the private one")
        if self.key_ops is not None and allowing.isdisjoint(self.key_ops):
            raise KeyUnusableError(f"the key's key_ops do not allow it to {operation}")

    def find(self, header: Mapping[str, object]) -> "Key":
        """Return this key. Raises `UnknownKey` if the header names another one.

        An empty kid, which some issuers write, names no key.
        """
        if not self.is_named_by(header):
            raise UnknownKey(_("the header names another key"))
        return self

    def is_named_by(self, header: Mapping[str, object]) -> bool:
        """Return whether the header names this key or no key. A key without a kid fits any header."""
        return self.kid is None or header.get("kid", self.kid) in (self.kid, "")

    def public(self) -> "Key":
        """Return the public key of the pair. Raises `KeyUnusableError` for a symmetric key."""
        self._refuse_symmetric("public key")
        return replace(
            self,
            key_ops=key_use.public_operations(self.key_ops),
            material=self.material._replace(private=None),
        )

    def to_dict(self, *, private: bool = False) -> dict[str, object]:
        """Return the JWK, public members only unless `private`. Raises `KeyUnusableError` if it has none."""
        if not private:
            self._refuse_symmetric("public JWK")
            return self._jwk(key_use.public_operations(self.key_ops) if self.private else self.key_ops)
        if not self.private:
            raise KeyUnusableError("a public key has no private members")
        return self._jwk(self.key_ops) | KEY_TYPES[self.kty].private_members(self.material)

    def to_pem(self, *, private: bool = False, password: bytes | str | None = None) -> bytes:
        """Return the public key as PEM or, if `private`, the private key, encrypted with any `password`."""
        self._refuse_symmetric("PEM")
        if private and not self.private:
            raise KeyUnusableError("a public key has no private PEM")
        if password is not None and not (private and password):
            raise KeyUnusableError("password must not be empty, and needs private=True")
        return pem.write(self.material, private, password)

    def thumbprint(self) -> str:
        """Return the RFC 7638 thumbprint with SHA-256, in base64url (see also RFC 8037 §2, RFC 9964 §6)."""
        row = KEY_TYPES[self.kty]
        jwk = self._jwk(None)
        if self.kty == "oct":
            jwk |= row.private_members(self.material)
        return b64u_encode(hashlib.sha256(dumps({name: jwk[name] for name in row.identity})).digest())

    def _jwk(self, key_ops: tuple[str, ...] | None) -> dict[str, object]:
        members = {"kty": self.kty, "kid": self.kid, "alg": self.alg, "use": self.use, "crv": self.crv}
        jwk: dict[str, object] = {name: value for name, value in members.items() if value is not None}
        if key_ops is not None:
            jwk["key_ops"] = list(key_ops)
        return jwk | KEY_TYPES[self.kty].public_members(self.material)

    def _refuse_symmetric(self, what: str) -> None:
        if self.kty == "oct":
            raise KeyUnusableError(f"a symmetric key has no {what}: keep it secret, or make a key pair")

    def _identity(self) -> tuple[object, ...]:
        return self.kid, self.alg, self.use, self.key_ops, self.private, self.thumbprint()

    def __eq__(self, other: object) -> bool:
        return self._identity() == other._identity() if isinstance(other, Key) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity())

    def __repr__(self) -> str:
        return f"<Key {self.kid} {self.alg} {self.use}>"

    def __reduce_ex__(self, protocol: SupportsIndex) -> tuple[object, ...]:
        """Pickle and copy public keys as JWK. A private key must not get into a pickle, a cache or a copy."""
        if self.private:
            raise TypeError(
                "a private key cannot be pickled or copied: share the object, or export it explicitly"
            )
        return Key.from_dict, (self.to_dict(),)


def is_understood(jwk: Members) -> bool:
    """Return whether kty, crv and alg of a JWK are supported. Other members of a JWK Set are ignored.

    RFC 7517 §5 says so. It does not excuse a bad key of a supported type.
    """
    kty, crv, alg = [jwk.get(name) for name in ("kty", "crv", "alg")]
    if not isinstance(kty, str) or not all(isinstance(value, str | None) for value in (crv, alg)):
        return True  # `Key.from_dict` will report the fault
    is_known_curve = kty not in _CURVES or crv is None or crv in _CURVES[kty]
    return kty in KEY_TYPES and is_known_curve and alg in {None, *FITS, *ENCRYPTIONS}


def alg_for(jwk: Members, alg: str | None) -> str | None:
    """Return `alg` for a JWK without one, if it fits the type, curve and use."""
    kty, crv, own, use = [jwk.get(name) for name in ("kty", "crv", "alg", "use")]
    if alg is None or not isinstance(alg, str) or alg not in FITS:
        return alg
    fits = isinstance(kty, str) and isinstance(crv, str | None) and FITS[alg].is_met_by(kty, crv)
    return alg if own is None and fits and use in (None, FITS[alg].use) else None


def _row_of(jwk: Mapping[str, object]) -> KeyType:
    if not isinstance(jwk, Mapping) or not all(isinstance(name, str) for name in jwk):
        raise KeyUnusableError(describe_no_jwk(jwk))
    if "kty" not in jwk and ("keys" in jwk or "jwks_uri" in jwk):
        raise KeyUnusableError(describe_no_jwk(jwk))
    kty, crv = key_use.text(jwk, "kty"), key_use.text(jwk, "crv")
    if kty is None or kty not in KEY_TYPES:
        raise KeyUnusableError(f"the JWK's kty must be one of {', '.join(KEY_TYPES)}")
    if kty in _CURVES and crv not in _CURVES[kty]:
        raise KeyUnusableError(f"the JWK's crv must be one of {', '.join(sorted(_CURVES[kty]))}")
    if kty == "AKP" and "alg" not in jwk:
        raise KeyUnusableError("a JWK of kty AKP must have an alg (RFC 9964 §3)")
    return KEY_TYPES[kty]


def _row_for(alg: str, crv: str) -> KeyType:
    """Return the key type for `alg` on the curve `crv`, which is "" if there is none."""
    if crv and crv not in FITS[alg].curves:
        raise KeyUnusableError(f"{alg} has no curve {crv[:40]!r}")
    return KEY_TYPES["OKP" if crv in OKP_CURVES else FITS[alg].kty]


def _size(alg: str, row: KeyType, requested: int | None) -> int:
    octets = FITS[alg].octets
    if requested is not None and row.kty not in {"RSA", "oct"}:
        raise KeyUnusableError(f"size must be left out: keys for {alg} have a fixed size")
    if requested is not None and row.kty == "oct" and requested not in octets:
        raise KeyUnusableError(key_use.length_message(alg))
    if row.kty == "oct":
        return requested or (_PREFERRED_OCTETS if _PREFERRED_OCTETS in octets else min(octets))
    return requested or GENERATED_BITS


def _kid(kid: object) -> str | None:
    if kid is not None and not is_foreign_kid(kid):
        raise KeyUnusableError(
            f"kid must be printable text of 1 to {MAX_KID} characters, got {escape(kid, 60)!r}: "
            "pass another with kid="
        )
    return kid if isinstance(kid, str) else None


def _random_kid() -> str:
    return secrets.token_hex(16)
