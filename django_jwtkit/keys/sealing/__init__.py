"""Private keys at rest."""

from .resealing import Resealed, reseal
from .rows import public_key, seal, sealed_under, unseal
from .secrets import check_newest, note_checks, sealing_keys

__all__ = [
    "Resealed",
    "check_newest",
    "note_checks",
    "public_key",
    "reseal",
    "seal",
    "sealed_under",
    "sealing_keys",
    "unseal",
]
