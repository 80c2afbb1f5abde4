"""The numbered faults, each with its message and its remedy.

Numbers never change, since projects silence them by number: `SILENCED_SYSTEM_CHECKS = ["jwtkit.W003"]`.
"""

from .message import FAULTS, RECIPE, TAG, fault

__all__ = ["FAULTS", "RECIPE", "TAG", "fault"]
