"""The key IDs that are always refused, written in full or as the prefix that our commands print."""

from collections.abc import Iterable
from typing import Final

SHORTEST: Final = 8  # characters: a shorter prefix could match keys that nobody means
MAX_CACHED: Final = 4096  # key IDs


class Denylist:
    """Contain every key ID that begins with one of `entries`. The answers are cached."""

    def __init__(self, entries: Iterable[str]) -> None:
        self.entries = tuple(dict.fromkeys(entries))
        self._cached: dict[str, bool] = {}

    def __contains__(self, kid: object) -> bool:
        if not self.entries or not isinstance(kid, str):
            return False
        is_denied = self._cached.get(kid)
        return self._is_denied(kid) if is_denied is None else is_denied

    def __bool__(self) -> bool:
        return bool(self.entries)

    def __repr__(self) -> str:
        return f"Denylist({list(self.entries)!r})"

    def matches(self, kids: Iterable[str]) -> frozenset[str]:
        """Return the entries that match at least one of `kids`."""
        kids = tuple(kids)
        return frozenset(entry for entry in self.entries if any(kid.startswith(entry) for kid in kids))

    def _is_denied(self, kid: str) -> bool:
        if len(self._cached) >= MAX_CACHED:
            self._cached = {}
        self._cached[kid] = is_denied = kid.startswith(self.entries)
        return is_denied
