"""Private keys at rest."""

from .resealing import Resealed, reseal
from .rows import can_open, seal, sealed_under, unseal
from .secrets import note_checks, sealing_keys

__all__ = ["Resealed", "can_open", "note_checks", "reseal", "seal", "sealed_under", "sealing_keys", "unseal"]
