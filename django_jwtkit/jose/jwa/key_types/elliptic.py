"""Elliptic curve keys, kty "EC" (RFC 7518 §6.2, RFC 8812 §3.1)."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec

from django_jwtkit.errors import KeyUnusableError

from .shape import KeyType, Material, Members, integer_text, octets


class Curve(NamedTuple):
    """`size` is the length of a coordinate, and of d, in octets; `order` is that of the group."""

    native: ec.EllipticCurve
    size: int
    order: int


def _curve(native: ec.EllipticCurve) -> Curve:
    return Curve(native, (native.key_size + 7) // 8, native.group_order)


CURVES: Final[Mapping[str, Curve]] = {
    "P-256": _curve(ec.SECP256R1()),
    "P-384": _curve(ec.SECP384R1()),
    "P-521": _curve(ec.SECP521R1()),
    "secp256k1": _curve(ec.SECP256K1()),
}
NAMES: Final[Mapping[str, str]] = {curve.native.name: crv for crv, curve in CURVES.items()}


def load(jwk: Members) -> Material:
    """Return the key in `jwk`. Raises `KeyUnusableError` for a point off the curve or a wrong d."""
    crv = str(jwk["crv"])
    curve = CURVES[crv]
    x, y = [int.from_bytes(octets(jwk, name, curve.size), "big") for name in ("x", "y")]
    try:
        public = ec.EllipticCurvePublicNumbers(x, y, curve.native).public_key()
    except ValueError as error:
        raise KeyUnusableError(f"the point is not on {crv}") from error
    private = _load_private(octets(jwk, "d", curve.size), curve, public) if "d" in jwk else None
    return Material("EC", crv, public, private)


def generate(alg: str, crv: str, size: int) -> Material:
    """Return a new key on the curve `crv`."""
    private = ec.generate_private_key(CURVES[crv].native)
    return Material("EC", crv, private.public_key(), private)


def public_members(material: Material) -> dict[str, str]:
    """Return x and y in the length of the field elements (§6.2.1)."""
    numbers, size = material.public.public_numbers(), CURVES[str(material.crv)].size
    return {"x": integer_text(numbers.x, size), "y": integer_text(numbers.y, size)}


def private_members(material: Material) -> dict[str, str]:
    """Return d (§6.2.2)."""
    number = material.private.private_numbers().private_value
    return {"d": integer_text(number, CURVES[str(material.crv)].size)}


def _load_private(
    octets: bytes, curve: Curve, public: ec.EllipticCurvePublicKey
) -> ec.EllipticCurvePrivateKey:
    number = int.from_bytes(octets, "big")
    if not 1 <= number < curve.order:
        raise KeyUnusableError("the private key d is out of range")
    private = ec.derive_private_key(number, curve.native)
    if private.public_key() != public:
        raise KeyUnusableError("the private key d does not belong to the point x, y")
    return private


EC: Final = KeyType(
    kty="EC",
    identity=("crv", "kty", "x", "y"),
    load=load,
    public_members=public_members,
    private_members=private_members,
    generate=generate,
)
