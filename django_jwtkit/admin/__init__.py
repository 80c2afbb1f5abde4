"""The pages of keys, their history and sessions. Django imports this module, and they register themselves."""

from .events import KeyEventAdmin
from .inspector import InspectAdmin
from .issuers import ExternalIdentityAdmin, TrustedKeySetAdmin
from .keys import StoredKeyAdmin
from .overview import KeyHealthMixin, Overview, read_overview
from .sessions import SessionAdmin, SessionsInline

__all__ = [
    "ExternalIdentityAdmin",
    "InspectAdmin",
    "KeyEventAdmin",
    "KeyHealthMixin",
    "Overview",
    "SessionAdmin",
    "SessionsInline",
    "StoredKeyAdmin",
    "TrustedKeySetAdmin",
    "read_overview",
]
