"""Sessions: logins that end when they should, and only then."""

from .amending import amend
from .checking import check, find, session_id
from .ending import end, end_all, prune
from .logins import TokenPair, canonical, client_of, follow_upgrades, is_proven, rehash, start, unusable
from .models import Session
from .refreshing import refresh
from .table import live, living, rows

__all__ = [
    "Session",
    "TokenPair",
    "amend",
    "canonical",
    "check",
    "client_of",
    "end",
    "end_all",
    "find",
    "follow_upgrades",
    "is_proven",
    "live",
    "living",
    "prune",
    "refresh",
    "rehash",
    "rows",
    "session_id",
    "start",
    "unusable",
]
