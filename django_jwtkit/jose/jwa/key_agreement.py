"""Diffie-Hellman on elliptic curves (RFC 7518 §4.6, RFC 8037 §3.2): curves, ephemeral keys, Concat KDF.

Two ways to attack an exchange are closed here: a point that is not on the recipient's curve, which would give
the private key away bit by bit, and a point of small order, whose shared secret anybody can guess.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, NamedTuple, Protocol, cast

from cryptography.hazmat.primitives.asymmetric import ec, x448, x25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

from django_jwtkit.errors import MalformedToken
from django_jwtkit.jose.encoding import b64u_decode, b64u_encode


class Curve(Protocol):
    """A row: a `crv` value, how its points are written in a JWK, and the exchange on it."""

    @property
    def name(self) -> str: ...
    @property
    def kty(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def members(self) -> tuple[str, ...]: ...

    def generate(self) -> object:
        """Return a new private key."""

    def point(self, *coordinates: bytes) -> object:
        """Return the public key; raise `ValueError` for a point that is not on the curve."""

    def coordinates(self, private: object) -> tuple[bytes, ...]:
        """Return the coordinates of the public key that belongs to `private`, one for each of `members`."""

    def exchange(self, private: object, public: object) -> bytes:
        """Return the shared secret Z."""


@dataclass(frozen=True, slots=True)
class NISTCurve:
    """RFC 7518 §6.2."""

    name: str
    size: int
    curve: ec.EllipticCurve
    kty: ClassVar[str] = "EC"
    members: ClassVar[tuple[str, ...]] = ("x", "y")

    def generate(self) -> object:
        return ec.generate_private_key(self.curve)

    def point(self, *coordinates: bytes) -> object:
        x, y = (int.from_bytes(coordinate, "big") for coordinate in coordinates)
        return ec.EllipticCurvePublicNumbers(x, y, self.curve).public_key()

    def coordinates(self, private: object) -> tuple[bytes, ...]:
        numbers = cast("ec.EllipticCurvePrivateKey", private).public_key().public_numbers()
        return numbers.x.to_bytes(self.size, "big"), numbers.y.to_bytes(self.size, "big")

    def exchange(self, private: object, public: object) -> bytes:
        known = cast("ec.EllipticCurvePrivateKey", private)
        return known.exchange(ec.ECDH(), cast("ec.EllipticCurvePublicKey", public))


@dataclass(frozen=True, slots=True)
class MontgomeryCurve:
    """RFC 8037 §3.2, RFC 7748 §5. One module of cryptography a curve, both with the same names in it."""

    name: str
    size: int
    prime: int
    private: type[x25519.X25519PrivateKey | x448.X448PrivateKey]
    public: type[x25519.X25519PublicKey | x448.X448PublicKey]
    kty: ClassVar[str] = "OKP"
    members: ClassVar[tuple[str, ...]] = ("x",)

    def generate(self) -> object:
        return self.private.generate()

    def point(self, *coordinates: bytes) -> object:
        (u,) = coordinates
        if int.from_bytes(u, "little") >= self.prime:
            raise ValueError("a second spelling of a point")
        return self.public.from_public_bytes(u)

    def coordinates(self, private: object) -> tuple[bytes, ...]:
        known = cast("x25519.X25519PrivateKey", private)
        return (known.public_key().public_bytes_raw(),)

    def exchange(self, private: object, public: object) -> bytes:
        known = cast("x25519.X25519PrivateKey", private)
        return known.exchange(cast("x25519.X25519PublicKey", public))


class EphemeralKey(NamedTuple):
    """The `epk` of a header, well-formed; whether it is a point of its curve shows in the exchange."""

    curve: Curve
    coordinates: tuple[bytes, ...]

    @classmethod
    def read(cls, jwk: object) -> "EphemeralKey":
        """Return what `jwk` says (RFC 7518 §4.6.1.1), a bare public key; raise `MalformedToken` otherwise."""
        if not isinstance(jwk, dict):
            raise MalformedToken("epk is not a JWK")
        curve = CURVES.get(jwk["crv"]) if isinstance(jwk.get("crv"), str) else None
        if curve is None or jwk.get("kty") != curve.kty or jwk.keys() != {"kty", "crv", *curve.members}:
            raise MalformedToken("epk is not just a public key on one of our curves")
        coordinates = tuple(octets(jwk[member]) for member in curve.members)
        if any(len(coordinate) != curve.size for coordinate in coordinates):
            raise MalformedToken("epk has a coordinate of the wrong length")
        return cls(curve, coordinates)

    def write(self) -> dict[str, str]:
        """Return the JWK."""
        points = zip(self.curve.members, map(b64u_encode, self.coordinates), strict=True)
        return {"kty": self.curve.kty, "crv": self.curve.name, **dict(points)}


def shared_secret(curve: Curve, private: object, public: object) -> bytes:
    """Return Z; raise `ValueError` for one that is the same whatever the private key (RFC 7748 §6.1)."""
    secret = curve.exchange(private, public)
    if not any(secret):
        raise ValueError("a point of small order")
    return secret


def derive(secret: bytes, algorithm_id: str, key_size: int, parties: tuple[bytes, bytes]) -> bytes:
    """Return `key_size` octets from Z by the Concat KDF (RFC 7518 §4.6.2); `parties` are apu and apv."""
    info = b"".join(_counted(field) for field in (algorithm_id.encode("ascii"), *parties))
    return ConcatKDFHash(SHA256(), key_size, info + (key_size * 8).to_bytes(4, "big")).derive(secret)


def octets(value: object) -> bytes:
    """Return the octets of a base64url member; raise `MalformedToken`."""
    if not isinstance(value, str):
        raise MalformedToken("a header parameter is not base64url text")
    return b64u_decode(value)


def _counted(field: bytes) -> bytes:
    return len(field).to_bytes(4, "big") + field


_ROWS: Final[tuple[Curve, ...]] = (
    NISTCurve("P-256", 32, ec.SECP256R1()),
    NISTCurve("P-384", 48, ec.SECP384R1()),
    NISTCurve("P-521", 66, ec.SECP521R1()),
    MontgomeryCurve("X25519", 32, 2**255 - 19, x25519.X25519PrivateKey, x25519.X25519PublicKey),
    MontgomeryCurve("X448", 56, 2**448 - 2**224 - 1, x448.X448PrivateKey, x448.X448PublicKey),
)
CURVES: Final[Mapping[str, Curve]] = {row.name: row for row in _ROWS}
