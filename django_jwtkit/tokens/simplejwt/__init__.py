"""Tokens that djangorestframework-simplejwt has issued: recognised, verified, never issued."""

from .policy import Policy, problems, read_policy
from .users import find_user, id_of, load_user, token_user
from .verifying import (
    ACCESS,
    REFRESH,
    SimpleJWTClaims,
    is_accepted,
    is_refresh,
    is_simplejwt,
    issued_at,
    login_claims,
    verify,
)

__all__ = [
    "ACCESS",
    "REFRESH",
    "Policy",
    "SimpleJWTClaims",
    "find_user",
    "id_of",
    "is_accepted",
    "is_refresh",
    "is_simplejwt",
    "issued_at",
    "load_user",
    "login_claims",
    "problems",
    "read_policy",
    "token_user",
    "verify",
]
