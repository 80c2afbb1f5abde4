"""Sessions: logins that end when they should, and only then."""

from .checking import check
from .ending import end, end_all, prune
from .models import Session
from .refreshing import refresh
from .rows import live
from .starting import TokenPair, rehash, start
from .upgrades import is_proven

__all__ = [
    "Session",
    "TokenPair",
    "check",
    "end",
    "end_all",
    "is_proven",
    "live",
    "prune",
    "refresh",
    "rehash",
    "start",
]
