"""The pages of keys, their history and sessions. Django imports this module, and they register themselves."""

from .events import KeyEventAdmin
from .inspector import InspectAdmin
from .keys import StoredKeyAdmin
from .overview import KeyHealthMixin, Overview, read_overview
from .sessions import SessionAdmin

__all__ = [
    "InspectAdmin",
    "KeyEventAdmin",
    "KeyHealthMixin",
    "Overview",
    "SessionAdmin",
    "StoredKeyAdmin",
    "read_overview",
]
