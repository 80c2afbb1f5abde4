"""A login: its client, its claims, its pair of tokens, and the password hash that it is stamped with."""

from .claims import pack, unusable
from .clients import UNKNOWN, Client, canonical, client_of, recordable
from .pairs import TokenPair, access_of, idle_limit, tokens_of
from .simplejwt_passwords import follow_passwords
from .starting import astart, build_session, settle, start
from .upgrades import is_proven, rehash

__all__ = [
    "UNKNOWN",
    "Client",
    "TokenPair",
    "access_of",
    "astart",
    "build_session",
    "canonical",
    "client_of",
    "follow_passwords",
    "idle_limit",
    "is_proven",
    "pack",
    "recordable",
    "rehash",
    "settle",
    "start",
    "tokens_of",
    "unusable",
]
