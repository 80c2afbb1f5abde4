"""The settings, one dict: `JWTKIT`."""

from .current import conf
from .denylist import Denylist
from .issuers import TENANT, IssuerSettings
from .rates import Rate
from .rings import RINGS, RingSettings, may_be_published
from .settings import SETTINGS, Settings
from .simplejwt import SIMPLEJWT_SETTINGS
from .validation import Problem, find_problems

__all__ = [
    "RINGS",
    "SETTINGS",
    "SIMPLEJWT_SETTINGS",
    "TENANT",
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
