"""Tokens of other issuers: which are accepted, by which keys, and which user they mean."""

from .identities import link
from .judging import (
    Published,
    Step,
    averify,
    examine_keys,
    examine_token,
    issuer_named_in,
    recognize,
    verify,
)
from .models import ExternalIdentity, TrustedKeySet
from .registry import (
    Issuer,
    forget,
    issuer_of,
    issuers,
    longest_token,
    named_issuers,
    present_keys,
    refresh_due,
    replaced_keys,
)
from .standing import Standing, fetch_now, standing_of
from .token import ForeignToken, ForeignUser
from .users import load_user, preview_user, token_user

__all__ = [
    "ExternalIdentity",
    "ForeignToken",
    "ForeignUser",
    "Issuer",
    "Published",
    "Standing",
    "Step",
    "TrustedKeySet",
    "averify",
    "examine_keys",
    "examine_token",
    "fetch_now",
    "forget",
    "issuer_named_in",
    "issuer_of",
    "issuers",
    "link",
    "load_user",
    "longest_token",
    "named_issuers",
    "present_keys",
    "preview_user",
    "recognize",
    "refresh_due",
    "replaced_keys",
    "standing_of",
    "token_user",
    "verify",
]
