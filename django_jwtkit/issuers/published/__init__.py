"""What other issuers publish: their metadata and key sets, fetched and shared by all processes."""

from .discovery import find_jwks_url, metadata_urls
from .key_sets import fetch, fetcher_of, fixed_keys, parse_jwks, remote_keys
from .row import Row

__all__ = [
    "Row",
    "fetch",
    "fetcher_of",
    "find_jwks_url",
    "fixed_keys",
    "metadata_urls",
    "parse_jwks",
    "remote_keys",
]
