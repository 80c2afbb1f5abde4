"""One stored key in a snapshot: its dates, and its `Key`s, each opened once and only when it is needed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django_jwtkit import forks
from django_jwtkit.errors import KeyUnusableError, SealingKeyLost
from django_jwtkit.jose import Key
from django_jwtkit.keys.planning import Life, State, Turn
from django_jwtkit.keys.sealing import TRUSTED, Verdict, public_key, unseal
from django_jwtkit.keys.store import KeyRow

OPENED: Final = ("sealed", "public_jwk", "alg", "use")  # the columns that make the keys


LOCKS: Final = tuple(forks.Lock() for _ in range(16))
"""Shared by all keys: a lock for each took a third of the time in which a ring of 1,000 keys is read."""


@dataclass(slots=True, eq=False)
class Entry:
    """A row and what has been opened of it. Keys and `turn` are filled in late; all else is frozen."""

    row: KeyRow
    life: Life
    verdict: Verdict = TRUSTED  # never that the row was tampered with: such a row has no entry
    _public: Key | None = None
    _private: Key | None = None
    _turn: Turn | None = None

    @classmethod
    def of(cls, row: KeyRow, known: "Entry | None", verdict: Verdict = TRUSTED) -> "Entry":
        """The entry of `row`, with what an older snapshot had opened already (an RSA key takes 37 ms)."""
        if known is None or any(getattr(known.row, name) != getattr(row, name) for name in OPENED):
            return cls(row, row.life, verdict)
        return cls(row, row.life, verdict, known._public, known._private)  # noqa: SLF001 - the same class

    def begin(self) -> datetime:
        """When the key's turn to sign begins."""
        return self.life.begins

    def turn(self) -> Turn:
        """Its dates as numbers, which each new token is compared with."""
        if self._turn is None:
            self._turn = self.life.turn
        return self._turn

    def verifying(self) -> Key:
        """The key that verifies, or decrypts. Raises `KeyUnusableError` (a corrupt row), `SealingKeyLost`."""
        return self.private() if self.row.needs_private else self.public()

    def fault(self, now: datetime) -> str:
        """Why this key can't do at `now` what it is there for, in words that name it; empty where it can."""
        try:
            for open_it in WORK[self.life.state(now)]:
                open_it(self)
        except KeyUnusableError as error:
            return str(error)
        except SealingKeyLost as error:
            known = self.row.kid in error.fact
            return error.fact if known else f"Key {self.row.kid} can't be opened. {error.fact}"
        return ""

    def public(self) -> Key:
        """The public part of an asymmetric key. Raises `KeyUnusableError`, `SealingKeyLost`."""
        self._refuse_unjudged()
        if self._public is None:
            self._public = public_key(self.row)
        return self._public

    def private(self) -> Key:
        """The key that signs. Raises `KeyUnusableError` for a corrupt row, `SealingKeyLost`."""
        self._refuse_unjudged()
        if self._private is None:
            with LOCKS[hash(self.row.kid) % len(LOCKS)].inner:
                if self._private is None:
                    self._private = unseal(self.row)
        return self._private

    def _refuse_unjudged(self) -> None:
        """A row that can't be judged here is neither good nor bad: its tokens are answered 503."""
        if self.verdict.unjudged:
            raise SealingKeyLost(self.verdict.unjudged, self.verdict.remedy)


WORK: Final[Mapping[State, tuple[Callable[[Entry], Key], ...]]] = {
    State.STANDBY: (Entry.verifying, Entry.private),
    State.ACTIVE: (Entry.verifying, Entry.private),
    State.RETIRED: (Entry.verifying,),
    State.VERIFY_ONLY: (Entry.verifying,),
    State.EXPIRED: (),
    State.REVOKED: (),
}
"""What a key must be able to do in each state."""
