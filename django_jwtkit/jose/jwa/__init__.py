"""JSON Web Algorithms (RFC 7518): tables, a row an algorithm. A key has exactly one of these names."""

from collections.abc import Mapping
from typing import Final

from . import key_management, signatures
from .key_types import Fit

__all__ = ["FITS"]

FITS: Final[Mapping[str, Fit]] = {
    **{name: row.fit for name, row in signatures.ALGORITHMS.items()},
    **{name: row.fit for name, row in key_management.ALGORITHMS.items()},
}
