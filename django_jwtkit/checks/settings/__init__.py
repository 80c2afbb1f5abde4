"""Checks of the settings by themselves, without the project around them."""

from .algorithms import check_algorithms, check_sizes
from .issuers import check_issuers, check_public_issuers
from .rotation_times import check_times
from .sealing_keys import check_sealing_keys
from .values import check_relations, check_values, valid_settings

__all__ = [
    "check_algorithms",
    "check_issuers",
    "check_public_issuers",
    "check_relations",
    "check_sealing_keys",
    "check_sizes",
    "check_times",
    "check_values",
    "valid_settings",
]
