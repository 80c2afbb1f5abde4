"""Checks of public keys that are points in one string of octets (RFC 7748, RFC 8032).

A point of small order is a public key without a secret: with some of them one signature is valid for every
message, and every exchange has the same result. cryptography accepts them. A second encoding of a point would
give one key two thumbprints.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

P25519: Final = 2**255 - 19
P448: Final = 2**448 - 2**224 - 1


class Edwards(NamedTuple):
    """The curve a·x² + y² = 1 + d·x²·y² over the field of p elements; `torsion` are the y of small order."""

    p: int
    a: int
    d: int
    torsion: frozenset[int]

    def is_sound(self, octets: bytes) -> bool:
        """Return whether `octets` are the canonical encoding of a point on the curve, of large order."""
        bits = 8 * len(octets) - 1  # the last bit is the sign of x
        y = int.from_bytes(octets, "little") & (1 << bits) - 1
        return y < self.p and y not in self.torsion and self._is_on_curve(y)

    def _is_on_curve(self, y: int) -> bool:
        """Return whether x² = (y² - 1) / (d·y² - a) has a root (Euler's criterion)."""
        square = (y * y - 1) * (self.d * y * y - self.a) % self.p
        return pow(square, (self.p - 1) // 2, self.p) == 1


class Montgomery(NamedTuple):
    """The field of u; every u below p is on the curve or its twist. `torsion` are the u of small order."""

    p: int
    torsion: frozenset[int]

    def is_sound(self, octets: bytes) -> bool:
        """Return whether `octets` are the canonical encoding of a u of large order."""
        u = int.from_bytes(octets, "little")
        return u < self.p and u not in self.torsion


# The points of order 8 on Curve25519 have this u and its inverse; Curve448 has no such points. RFC 7748 §4.1
# maps u to y = (u - 1) / (u + 1).
_U8: Final = 325606250916557431795983626356110631294008115727848805560023387167927233504
_ORDER_8: Final = (_U8, pow(_U8, -1, P25519))
_ORDER_8_Y: Final = {(u - 1) * pow(u + 1, -1, P25519) % P25519 for u in _ORDER_8}

SOUND: Final[Mapping[str, Callable[[bytes], bool]]] = {
    "Ed25519": Edwards(
        P25519, -1, -121665 * pow(121666, -1, P25519), frozenset({0, 1, P25519 - 1, *_ORDER_8_Y})
    ).is_sound,
    "Ed448": Edwards(P448, 1, -39081, frozenset({0, 1, P448 - 1})).is_sound,
    "X25519": Montgomery(P25519, frozenset({0, 1, P25519 - 1, *_ORDER_8})).is_sound,
    "X448": Montgomery(P448, frozenset({0, 1, P448 - 1})).is_sound,
}
