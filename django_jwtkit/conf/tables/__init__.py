"""The tables of settings: `JWTKIT` itself, a ring, a trusted issuer, and what replaces those of simplejwt."""

from .issuers import ISSUER_SETTINGS, TENANT, IssuerSettings
from .rings import RING_SETTINGS, RINGS, RingSettings, may_be_published
from .settings import SETTINGS, Settings
from .simplejwt import SIMPLEJWT_SETTINGS, replacement_of

__all__ = [
    "ISSUER_SETTINGS",
    "RINGS",
    "RING_SETTINGS",
    "SETTINGS",
    "SIMPLEJWT_SETTINGS",
    "TENANT",
    "IssuerSettings",
    "RingSettings",
    "Settings",
    "may_be_published",
    "replacement_of",
]
