"""Checks of a project that comes from simplejwt."""

from .bridge import check_blacklist, check_bridge, check_bridge_length
from .leftovers import check_simplejwt

__all__ = ["check_blacklist", "check_bridge", "check_bridge_length", "check_simplejwt"]
