"""The pages of sessions: the list, a session, and what ends sessions."""

from .inline import SessionsInline
from .pages import SessionAdmin

__all__ = ["SessionAdmin", "SessionsInline"]
