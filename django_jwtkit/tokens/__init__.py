"""Tokens: kinds, issuing, verifying, and the users that they name."""

from django_jwtkit.jose import Claims

from . import observers, password_stamps, simplejwt, users
from .claims import RESERVED, largest, prepare
from .issuing import aissue, audience_of, find_cookie_fault, issue
from .kinds import ACCESS, REFRESH, TokenKind, registered_kinds
from .token_user import TokenUser
from .verifying import averify, claim_faults, decrypt, verify

__all__ = [
    "ACCESS",
    "REFRESH",
    "RESERVED",
    "Claims",
    "TokenKind",
    "TokenUser",
    "aissue",
    "audience_of",
    "averify",
    "claim_faults",
    "decrypt",
    "find_cookie_fault",
    "issue",
    "largest",
    "observers",
    "password_stamps",
    "prepare",
    "registered_kinds",
    "simplejwt",
    "users",
    "verify",
]
