"""All models, where Django looks for them."""

from django_jwtkit.inspection import Inspect
from django_jwtkit.issuers import ExternalIdentity, TrustedKeySet
from django_jwtkit.keys.store import KeyEvent, Ring, SealingCheck, StoredKey
from django_jwtkit.sessions import Session, SimpleJWTCutoff, SimpleJWTSighting

__all__ = [
    "ExternalIdentity",
    "Inspect",
    "KeyEvent",
    "Ring",
    "SealingCheck",
    "Session",
    "SimpleJWTCutoff",
    "SimpleJWTSighting",
    "StoredKey",
    "TrustedKeySet",
]
