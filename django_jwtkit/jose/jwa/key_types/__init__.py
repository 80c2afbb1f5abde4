"""Key types (RFC 7518 §6, RFC 8037 §2, RFC 9964 §3), a row for each `kty`."""

from collections.abc import Mapping
from typing import Final

from .elliptic import EC
from .octet_pairs import AKP, OKP
from .rsa import RSA
from .shape import Fit, KeyType, Material, Members, Native
from .symmetric import OCT

__all__ = ["KEY_TYPES", "Fit", "KeyType", "Material", "Members", "Native"]

KEY_TYPES: Final[Mapping[str, KeyType]] = {row.kty: row for row in (OCT, RSA, EC, OKP, AKP)}
