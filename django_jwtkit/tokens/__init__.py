"""Tokens: their kinds, issuing and verifying them, and the users that they name."""

from . import users
from .issuing import RESERVED, issue
from .kinds import ACCESS, REFRESH, TokenKind
from .verifying import verify

__all__ = ["ACCESS", "REFRESH", "RESERVED", "TokenKind", "issue", "users", "verify"]
