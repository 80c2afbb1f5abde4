"""What every face needs before there is a user: the token of a request, its identity, and refusals."""

from .challenges import challenge
from .header import read_header
from .identity import OWN, SOURCES, Identity, Source, User, identify, load_user, token_user
from .presented import check_fully, session_id, verify_either
from .refusals import Refusal, refuse
from .reporting import UNAVAILABLE, report

__all__ = [
    "OWN",
    "SOURCES",
    "UNAVAILABLE",
    "Identity",
    "Refusal",
    "Source",
    "User",
    "challenge",
    "check_fully",
    "identify",
    "load_user",
    "read_header",
    "refuse",
    "report",
    "session_id",
    "token_user",
    "verify_either",
]
