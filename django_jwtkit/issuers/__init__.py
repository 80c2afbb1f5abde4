"""Tokens of other issuers: which are accepted, by which keys, and which user they mean."""

from .identities import link
from .models import ExternalIdentity, TrustedKeySet
from .registry import Issuer, forget, issuer_of, issuers, replaced_keys
from .token import ForeignToken, ForeignUser
from .users import load_user, token_user
from .verifying import is_foreign, verify

__all__ = [
    "ExternalIdentity",
    "ForeignToken",
    "ForeignUser",
    "Issuer",
    "TrustedKeySet",
    "forget",
    "is_foreign",
    "issuer_of",
    "issuers",
    "link",
    "load_user",
    "replaced_keys",
    "token_user",
    "verify",
]
