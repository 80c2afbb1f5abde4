"""The pages of sessions: the list, a session, and the actions that end sessions."""

from .pages import SessionAdmin

__all__ = ["SessionAdmin"]
