"""The admin's door: Django imports it, and the pages register themselves."""

from .events import KeyEventAdmin
from .keys import StoredKeyAdmin
from .sessions import SessionAdmin

__all__ = ["KeyEventAdmin", "SessionAdmin", "StoredKeyAdmin"]
