"""Refreshing a session: what a token deserves, the turn, and the clients that share a generation."""

from .amending import amend
from .turning import answer, foresee, refresh

__all__ = ["amend", "answer", "foresee", "refresh"]
