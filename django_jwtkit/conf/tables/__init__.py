"""The tables of settings: `JWTKIT`, a ring, the cookies, an issuer, and what replaces those of simplejwt."""

from .cookies import COOKIE_SETTINGS, HOST_PREFIX, PREFIXES, CookieSettings
from .issuers import ISSUER_SETTINGS, TENANT, IssuerSettings
from .rings import RING_SETTINGS, RINGS, RingSettings, may_be_published
from .settings import SETTINGS, Settings
from .simplejwt import SIMPLEJWT_SETTINGS, replacement_of

__all__ = [
    "COOKIE_SETTINGS",
    "HOST_PREFIX",
    "ISSUER_SETTINGS",
    "PREFIXES",
    "RINGS",
    "RING_SETTINGS",
    "SETTINGS",
    "SIMPLEJWT_SETTINGS",
    "TENANT",
    "CookieSettings",
    "IssuerSettings",
    "RingSettings",
    "Settings",
    "may_be_published",
    "replacement_of",
]
