"""Sessions: logins that end when they should, and only then."""

from .checking import acheck, check, find, session_id
from .ending import aend, aend_all, cut_off_simplejwt, end, end_all, end_many, end_origin, prune
from .exchanging import (
    arefresh,
    check_simplejwt,
    find_lost_blacklist,
    last_seen_simplejwt,
    load_simplejwt_user,
    refresh,
    revoke_simplejwt,
)
from .logins import (
    TokenPair,
    astart,
    canonical,
    client_of,
    follow_passwords,
    is_proven,
    rehash,
    start,
    unusable,
)
from .logouts import follow_logouts, send_logged_out
from .models import ORIGINS, Session, SimpleJWTCutoff, SimpleJWTSighting
from .refreshing import amend, foresee
from .table import alive_at, live, living, over_at, rows

__all__ = [
    "ORIGINS",
    "Session",
    "SimpleJWTCutoff",
    "SimpleJWTSighting",
    "TokenPair",
    "acheck",
    "aend",
    "aend_all",
    "alive_at",
    "amend",
    "arefresh",
    "astart",
    "canonical",
    "check",
    "check_simplejwt",
    "client_of",
    "cut_off_simplejwt",
    "end",
    "end_all",
    "end_many",
    "end_origin",
    "find",
    "find_lost_blacklist",
    "follow_logouts",
    "follow_passwords",
    "foresee",
    "is_proven",
    "last_seen_simplejwt",
    "live",
    "living",
    "load_simplejwt_user",
    "over_at",
    "prune",
    "refresh",
    "rehash",
    "revoke_simplejwt",
    "rows",
    "send_logged_out",
    "session_id",
    "start",
    "unusable",
]
