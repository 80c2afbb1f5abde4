"""Tokens of other issuers: which are accepted, by which keys, and which user they mean."""

from .identities import link
from .judging import (
    Published,
    Step,
    averify,
    examine_keys,
    examine_token,
    is_foreign,
    issuer_named_in,
    verify,
)
from .models import ExternalIdentity, TrustedKeySet
from .registry import (
    Issuer,
    forget,
    issuer_of,
    issuers,
    longest_token,
    present_keys,
    refresh_due,
    replaced_keys,
)
from .token import ForeignToken, ForeignUser
from .users import load_user, preview_user, token_user

__all__ = [
    "ExternalIdentity",
    "ForeignToken",
    "ForeignUser",
    "Issuer",
    "Published",
    "Step",
    "TrustedKeySet",
    "averify",
    "examine_keys",
    "examine_token",
    "forget",
    "is_foreign",
    "issuer_named_in",
    "issuer_of",
    "issuers",
    "link",
    "load_user",
    "longest_token",
    "present_keys",
    "preview_user",
    "refresh_due",
    "replaced_keys",
    "token_user",
    "verify",
]
