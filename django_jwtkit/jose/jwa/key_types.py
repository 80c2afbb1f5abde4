"""What a key must be to serve an algorithm (RFC 7518 §6)."""

from collections.abc import Container
from typing import NamedTuple


class Fit(NamedTuple):
    """The shape of a key that serves one algorithm.

    `use` is "sig" or "enc"; `kty` the key type; `curves` the `crv` values allowed; `octets` the lengths, in
    bytes, of a symmetric key. A curve belongs to one key type only, so where `curves` are given they decide
    alone: ECDH-ES spans EC and OKP.
    """

    use: str
    kty: str
    curves: frozenset[str] = frozenset()
    octets: Container[int] = range(0)

    def admits(self, kty: str, crv: str | None, octets: int) -> bool:
        """Whether a key of this type, on this curve, of so many octets (0 unless symmetric) fits."""
        if self.curves:
            return crv in self.curves
        return kty == self.kty and (kty != "oct" or octets in self.octets)
