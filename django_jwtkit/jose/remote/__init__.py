"""Key sets that others publish: where they may lie, how they are fetched, and how long they are good."""

from .addresses import Address, parse_url
from .cache import FetchedKeys
from .fetching import Answer, Fetcher
from .key_set import RemoteKeySet
from .refresher import stop
from .state import SKEW, State, Times

__all__ = [
    "SKEW",
    "Address",
    "Answer",
    "FetchedKeys",
    "Fetcher",
    "RemoteKeySet",
    "State",
    "Times",
    "parse_url",
    "stop",
]
