"""Diffie-Hellman on elliptic curves (RFC 7518 §4.6, RFC 8037 §3.2): curves, ephemeral keys, Concat KDF.

Two attacks on an exchange are prevented here: a point that is not on the recipient's curve, which would
reveal the private key bit by bit, and a point of small order, whose shared secret can be guessed.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ec import ECDH
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

from django_jwtkit.errors import MalformedToken
from django_jwtkit.jose.wire.encoding import b64u_decode
from django_jwtkit.wording import message as _

from .key_types import KeyType, Material, Members, Native, elliptic, octet_pairs


class Curve(NamedTuple):
    """A row: a `crv` value, its key type, the octets of each coordinate of a point, the exchange."""

    name: str
    kind: KeyType
    coordinates: Mapping[str, int]
    exchange: Callable[[Native, Native], bytes]

    def ephemeral(self) -> Material:
        """Return a new key for one message."""
        return self.kind.generate("", self.name, 0)

    def epk(self, ephemeral: Material) -> dict[str, str]:
        """Return the bare public key as a JWK (RFC 7518 §4.6.1.1)."""
        return {"kty": self.kind.kty, "crv": self.name, **self.kind.public_members(ephemeral)}

    def agree(self, private: Native, public: Native) -> bytes:
        """Return Z. Raises `ValueError` if it does not depend on the private key (RFC 7748 §6.1)."""
        secret = self.exchange(private, public)
        if not any(secret):
            raise ValueError("a point of small order")
        return secret


class EphemeralKey(NamedTuple):
    """The well-formed `epk` of a header. Its point is not checked yet."""

    curve: Curve
    jwk: Members

    def agree(self, private: Native) -> bytes:
        """Return Z. Raises `ValueError` for a point that is not on the curve or of small order."""
        return self.curve.agree(private, self.curve.kind.load(self.jwk).public)


def read_epk(jwk: object) -> EphemeralKey:
    """Return the ephemeral key in `jwk`. Raises `MalformedToken` unless it is a bare public key."""
    if not isinstance(jwk, dict):
        raise MalformedToken(_("epk must be a JWK"))
    curve = CURVES.get(jwk["crv"]) if isinstance(jwk.get("crv"), str) else None
    if curve is None or jwk.get("kty") != curve.kind.kty or jwk.keys() != {"kty", "crv", *curve.coordinates}:
        raise MalformedToken(_("epk must be a public key without other members on a supported curve"))
    if any(len(octets(jwk[name])) != size for name, size in curve.coordinates.items()):
        raise MalformedToken(_("epk has a coordinate of the wrong length"))
    return EphemeralKey(curve, jwk)


def derive(secret: bytes, algorithm_id: str, key_size: int, parties: tuple[bytes, bytes]) -> bytes:
    """Return `key_size` octets from Z by the Concat KDF (RFC 7518 §4.6.2); `parties` are apu and apv."""
    info = b"".join(_with_length(field) for field in (algorithm_id.encode("ascii"), *parties))
    return ConcatKDFHash(SHA256(), key_size, info + (key_size * 8).to_bytes(4, "big")).derive(secret)


def octets(value: object) -> bytes:
    """Return the octets of a base64url header parameter. Raises `MalformedToken`."""
    if not isinstance(value, str):
        raise MalformedToken(_("a header parameter must be base64url text"))
    return b64u_decode(value)


def _with_length(field: bytes) -> bytes:
    return len(field).to_bytes(4, "big") + field


def _nist(name: str) -> Curve:
    size = elliptic.CURVES[name].size
    return Curve(
        name, elliptic.EC, {"x": size, "y": size}, lambda private, public: private.exchange(ECDH(), public)
    )


def _montgomery(name: str) -> Curve:
    size = octet_pairs.CURVES[name].public_size
    return Curve(name, octet_pairs.OKP, {"x": size}, lambda private, public: private.exchange(public))


_ROWS: Final = (_nist("P-256"), _nist("P-384"), _nist("P-521"), _montgomery("X25519"), _montgomery("X448"))
CURVES: Final[Mapping[str, Curve]] = {row.name: row for row in _ROWS}
