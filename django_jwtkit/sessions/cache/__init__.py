"""The cache that answers `CHECK_SESSION`: see `shortcut`."""

from .entries import TOMBSTONE
from .shortcut import bury, look, remember, store_of_tombstones

__all__ = ["TOMBSTONE", "bury", "look", "remember", "store_of_tombstones"]
