"""Tokens of simplejwt: their users, and the sessions that their refresh tokens become, once each."""

from .blacklist import find_lost_blacklist
from .judging import check_simplejwt, load_simplejwt_user
from .renewing import arefresh, refresh
from .revoking import revoke_simplejwt
from .sightings import last_seen_simplejwt

__all__ = [
    "arefresh",
    "check_simplejwt",
    "find_lost_blacklist",
    "last_seen_simplejwt",
    "load_simplejwt_user",
    "refresh",
    "revoke_simplejwt",
]
