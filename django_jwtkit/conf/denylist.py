"""The key IDs that are always refused: whole ones, and beginnings as every tool of ours shows them."""

from collections.abc import Iterable
from typing import Final

SHORTEST: Final = 8  # characters: what is shorter might begin a key that nobody means
MOST: Final = 4096  # kids whose answer is remembered


class Denylist:
    """Holds every kid that begins with one of `entries`; each is settled once."""

    def __init__(self, entries: Iterable[str]) -> None:
        self.entries = tuple(dict.fromkeys(entries))
        self._settled: dict[str, bool] = {}

    def __contains__(self, kid: object) -> bool:
        if not self.entries or not isinstance(kid, str):
            return False
        settled = self._settled.get(kid)
        return self._settle(kid) if settled is None else settled

    def __bool__(self) -> bool:
        return bool(self.entries)

    def __repr__(self) -> str:
        return f"Denylist({list(self.entries)!r})"

    def matches(self, kids: Iterable[str]) -> frozenset[str]:
        """Return the entries that deny at least one of `kids`."""
        kids = tuple(kids)
        return frozenset(entry for entry in self.entries if any(kid.startswith(entry) for kid in kids))

    def _settle(self, kid: str) -> bool:
        if len(self._settled) >= MOST:
            self._settled = {}
        self._settled[kid] = is_denied = kid.startswith(self.entries)
        return is_denied
