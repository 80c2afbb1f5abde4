"""Keys that are strings of octets: kty "OKP" (RFC 8037 §2) and kty "AKP" (RFC 9964 §3)."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ed448, ed25519, mldsa, x448, x25519

from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose.wire.encoding import b64u_encode

from .points import SOUND
from .shape import KeyType, Material, Members, Native, octets


class Kind(NamedTuple):
    """The classes of cryptography, and the lengths of the two strings in octets."""

    private: Native
    public: Native
    public_size: int
    private_size: int


CURVES: Final[Mapping[str, Kind]] = {
    "Ed25519": Kind(ed25519.Ed25519PrivateKey, ed25519.Ed25519PublicKey, 32, 32),
    "Ed448": Kind(ed448.Ed448PrivateKey, ed448.Ed448PublicKey, 57, 57),
    "X25519": Kind(x25519.X25519PrivateKey, x25519.X25519PublicKey, 32, 32),
    "X448": Kind(x448.X448PrivateKey, x448.X448PublicKey, 56, 56),
}
# An AKP key has an algorithm instead of a curve; its private part is the seed (RFC 9964 §3).
PARAMETER_SETS: Final[Mapping[str, Kind]] = {
    "ML-DSA-44": Kind(mldsa.MLDSA44PrivateKey, mldsa.MLDSA44PublicKey, 1312, 32),
    "ML-DSA-65": Kind(mldsa.MLDSA65PrivateKey, mldsa.MLDSA65PublicKey, 1952, 32),
    "ML-DSA-87": Kind(mldsa.MLDSA87PrivateKey, mldsa.MLDSA87PublicKey, 2592, 32),
}
_NAMES: Final[Mapping[Native, str]] = {
    native: name
    for name, kind in {**CURVES, **PARAMETER_SETS}.items()
    for native in (kind.private, kind.public)
}


def name_of(native: Native) -> str | None:
    """Return the curve or parameter set of a key object of cryptography, or None if it has another type."""
    return next((name for kind, name in _NAMES.items() if isinstance(native, kind)), None)


def _load_pair(jwk: Members) -> Material:
    crv = str(jwk["crv"])
    x = octets(jwk, "x", CURVES[crv].public_size)
    if not SOUND[crv](x):
        raise KeyUnusableError(
            f"x must be a valid point of {crv}: not of small order, on the curve, and canonical"
        )
    return Material("OKP", crv, *_load(jwk, CURVES[crv], x, "d"))


def _load_algorithm_pair(jwk: Members) -> Material:
    kind = PARAMETER_SETS[str(jwk["alg"])]
    return Material("AKP", None, *_load(jwk, kind, octets(jwk, "pub", kind.public_size), "priv"))


def _load(jwk: Members, kind: Kind, x: bytes, secret: str) -> tuple[Native, Native]:
    try:
        public = kind.public.from_public_bytes(x)
        if secret not in jwk:
            return public, None
        private = _from_secret(kind, octets(jwk, secret, kind.private_size))
    except UnsupportedAlgorithm as error:
        raise KeyUnusableError(
            "this build of cryptography does not support such keys: install its wheel"
        ) from error
    if private.public_key().public_bytes_raw() != x:
        raise KeyUnusableError(f"the private part {secret!r} does not belong to the public one")
    return public, private


def _from_secret(kind: Kind, secret: bytes) -> Native:
    seeded = hasattr(kind.private, "from_seed_bytes")
    return kind.private.from_seed_bytes(secret) if seeded else kind.private.from_private_bytes(secret)


def _generate(kty: str, crv: str | None, kind: Kind) -> Material:
    try:
        private = kind.private.generate()
    except UnsupportedAlgorithm as error:
        raise KeyUnusableError(
            "this build of cryptography does not support such keys: install its wheel"
        ) from error
    return Material(kty, crv, private.public_key(), private)


def _raw(native: Native, private: bool) -> str:
    return b64u_encode(native.private_bytes_raw() if private else native.public_bytes_raw())


OKP: Final = KeyType(
    kty="OKP",
    identity=("crv", "kty", "x"),
    load=_load_pair,
    public_members=lambda material: {"x": _raw(material.public, private=False)},
    private_members=lambda material: {"d": _raw(material.private, private=True)},
    generate=lambda alg, crv, size: _generate("OKP", crv, CURVES[crv]),
)
AKP: Final = KeyType(
    kty="AKP",
    identity=("alg", "kty", "pub"),
    load=_load_algorithm_pair,
    public_members=lambda material: {"pub": _raw(material.public, private=False)},
    private_members=lambda material: {"priv": _raw(material.private, private=True)},
    generate=lambda alg, crv, size: _generate("AKP", None, PARAMETER_SETS[alg]),
)
