"""JSON Web Algorithms (RFC 7518): tables, with a row for each algorithm. A key is for exactly one of them."""

from collections.abc import Mapping
from typing import Final

from . import key_management, signatures
from .content_encryption import ENCRYPTIONS
from .key_types import Fit
from .key_types.symmetric import check_secret
from .signatures import OLDER

__all__ = ["ENCRYPTIONS", "FITS", "KEY_MANAGEMENT", "OLDER", "SIGNATURES", "check_secret"]

SIGNATURES: Final = signatures.ALGORITHMS
KEY_MANAGEMENT: Final = key_management.ALGORITHMS

FITS: Final[Mapping[str, Fit]] = {
    **{name: row.fit for name, row in signatures.ALGORITHMS.items()},
    **{name: row.fit for name, row in key_management.ALGORITHMS.items()},
}
