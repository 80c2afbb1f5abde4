"""The list of sessions: its filters, its search, its order and its pages."""

from .by_state import StateFilter
from .filters import KeyFilter, ReasonFilter, UsedFilter
from .pages import LISTED, Bounded, SessionList, Sessions
from .searching import names_of_users, search

__all__ = [
    "LISTED",
    "Bounded",
    "KeyFilter",
    "ReasonFilter",
    "SessionList",
    "Sessions",
    "StateFilter",
    "UsedFilter",
    "names_of_users",
    "search",
]
