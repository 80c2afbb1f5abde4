"""The settings, one dict: `JWTKIT`."""

from .current import conf
from .denylist import Denylist
from .rates import Rate
from .tables import (
    HOST_PREFIX,
    PREFIXES,
    RINGS,
    SETTINGS,
    SIMPLEJWT_SETTINGS,
    TENANT,
    CookieSettings,
    IssuerSettings,
    RingSettings,
    Settings,
    may_be_published,
)
from .validation import Problem, find_problems

__all__ = [
    "HOST_PREFIX",
    "PREFIXES",
    "RINGS",
    "SETTINGS",
    "SIMPLEJWT_SETTINGS",
    "TENANT",
    "CookieSettings",
    "Denylist",
    "IssuerSettings",
    "Problem",
    "Rate",
    "RingSettings",
    "Settings",
    "conf",
    "find_problems",
    "may_be_published",
]
