"""What every face needs before there is a user: the token of a request, its identity, and refusals."""

from .browser import (
    exempt_from_csrf,
    find_csrf_fault,
    has_own_origin,
    identify_cookie,
    read_access_cookie,
    set_csrf_cookie,
)
from .challenges import challenge
from .cookies import (
    are_cookies_in_use,
    delete_cookies,
    doomed_by,
    expiry_of,
    hide_cookies,
    read_cookie,
    set_pair,
)
from .header import read_header
from .identity import (
    OWN,
    SOURCES,
    Identity,
    Source,
    User,
    find_source,
    identify,
    load_user,
    log_in,
    token_user,
)
from .presented import check_fully, session_id, verify_either
from .refusals import REFUSALS, Refusal, answer, refuse, vary
from .reporting import UNAVAILABLE, report

__all__ = [
    "OWN",
    "REFUSALS",
    "SOURCES",
    "UNAVAILABLE",
    "Identity",
    "Refusal",
    "Source",
    "User",
    "answer",
    "are_cookies_in_use",
    "challenge",
    "check_fully",
    "delete_cookies",
    "doomed_by",
    "exempt_from_csrf",
    "expiry_of",
    "find_csrf_fault",
    "find_source",
    "has_own_origin",
    "hide_cookies",
    "identify",
    "identify_cookie",
    "load_user",
    "log_in",
    "read_access_cookie",
    "read_cookie",
    "read_header",
    "refuse",
    "report",
    "session_id",
    "set_csrf_cookie",
    "set_pair",
    "token_user",
    "vary",
    "verify_either",
]
