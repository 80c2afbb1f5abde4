"""Refreshing a session: what a token deserves, the turn, and the clients that share a generation."""

from .turning import refresh

__all__ = ["refresh"]
