"""The pages of keys, their history and sessions. Django imports this module, and they register themselves."""

from .events import KeyEventAdmin
from .keys import StoredKeyAdmin
from .sessions import SessionAdmin

__all__ = ["KeyEventAdmin", "SessionAdmin", "StoredKeyAdmin"]
