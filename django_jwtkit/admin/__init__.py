"""The pages of keys, their history and sessions. Django imports this module, and they register themselves."""

from .events import KeyEventAdmin
from .inspector import InspectAdmin
from .keys import StoredKeyAdmin
from .sessions import SessionAdmin

__all__ = ["InspectAdmin", "KeyEventAdmin", "SessionAdmin", "StoredKeyAdmin"]
