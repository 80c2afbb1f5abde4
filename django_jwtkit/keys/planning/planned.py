"""A key as the planner sees it."""

from dataclasses import dataclass
from datetime import datetime

from .life import Life, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned(Life):
    """The dates of a key, with all else that a plan depends on; `kid` is empty until the key is made."""

    kid: str
    algorithm: str
    needs_private: bool = False  # a symmetric or decryption key: needed until its last token expires
    private: bool = True  # the private part is there …
    fault: str = ""  # … but this process cannot use the key, for this reason
    judged: bool = True  # False: this process cannot tell whether the row is ours
    tampered: bool = False  # the row is not ours: it can be revoked, and nothing else
    denied: bool = False  # DENY_KIDS names it: it keeps its turn, and does not sign in it
    archived: bool = False
    imported: bool = False  # set for a new key only: it was not made here
    reason: str = ""

    def state(self, now: datetime) -> State:
        """Return where the key stands; the dates in the row of a tampered key are not believed."""
        return State.EXPIRED if self.tampered and self.revoked_at is None else Life.state(self, now)


Keys = tuple[Planned, ...]
