"""One stored key in a snapshot: its dates, and its `Key`s, each opened once and only when it is needed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from django_jwtkit import forks
from django_jwtkit.conf import Settings
from django_jwtkit.errors import KeyUnusableError, SealingKeyLost
from django_jwtkit.jose import Key
from django_jwtkit.keys.planning import Life, State, TrustWindow, Turn
from django_jwtkit.keys.sealing import TRUSTED, Verdict, public_key, unseal
from django_jwtkit.keys.store import KeyRow
from django_jwtkit.wording import Code, words_of
from django_jwtkit.wording import message as _

OPENED: Final = ("sealed", "public_jwk", "alg", "use")  # the columns that make the keys


LOCKS: Final = tuple(forks.Lock() for _ in range(16))
"""Shared by all keys: a lock for each took a third of the time in which a ring of 1,000 keys is read."""


class Trust(NamedTuple):
    """When a token of a key is accepted that was issued no later than `last_issue`, under some `settings`."""

    settings: Settings
    window: TrustWindow
    last_issue: float

    def __repr__(self) -> str:
        return f"<Trust {self.window}>"  # the settings hold secrets


@dataclass(slots=True, eq=False)
class Entry:
    """A row, its dates, and what has been opened of it. Keys and `trust` are filled in late.

    `turn` has the dates as numbers, which each new token is compared with. `verifier` is the key that
    verifies or decrypts, None until `open_verifier` has opened it; `trust` is what `trust_under` made last.
    """

    row: KeyRow
    life: Life
    turn: Turn
    verdict: Verdict = TRUSTED  # never that the row was tampered with: such a row has no entry
    verifier: Key | None = None
    trust: Trust | None = None
    _public: Key | None = None
    _private: Key | None = None

    @classmethod
    def of(cls, row: KeyRow, older: "Entry | None", verdict: Verdict = TRUSTED) -> "Entry":
        """Return the entry of `row`, with the keys that an older one has opened (an RSA key takes 37 ms)."""
        life = row.life
        if older is None or any(getattr(older.row, name) != getattr(row, name) for name in OPENED):
            return cls(row, life, life.turn, verdict)
        keys = older._public, older._private  # noqa: SLF001 - the same class
        return cls(row, life, life.turn, verdict, None, None, *keys)

    def open_verifier(self) -> Key:
        """Return `verifier`, opened. Raises `KeyUnusableError` for a corrupt row, `SealingKeyLost`."""
        self.verifier = self.private() if self.row.needs_private else self.public()
        return self.verifier

    def trust_under(self, settings: Settings) -> Trust:
        """Return `trust` under `settings`, made anew."""
        last_issue = self.turn.ends + settings.seconds.linger
        self.trust = Trust(settings, self.window(last_issue, settings), last_issue)
        return self.trust

    def window(self, issued: float, settings: Settings) -> TrustWindow:
        """Return when a token with `iat` `issued` is accepted."""
        seconds = settings.seconds
        return self.turn.trust_window(issued, skew=seconds.clocks, linger=seconds.linger)

    def fault(self, now: datetime) -> str:
        """Return why this key can't do at `now` what it is there for, and name it; empty where it can."""
        try:
            for open_key in WORK[self.life.state(now)]:
                open_key(self)
        except KeyUnusableError as error:
            return words_of(error)
        except SealingKeyLost as error:
            is_named = self.row.kid in error.fact
            unopened = _("Key {key} can't be opened. {fault}", key=Code(self.row.kid), fault=error.fact)
            return error.fact if is_named else unopened
        return ""

    def public(self) -> Key:
        """Return the public part of an asymmetric key. Raises `KeyUnusableError`, `SealingKeyLost`."""
        self._refuse_unjudged()
        if self._public is None:
            self._public = public_key(self.row)
        return self._public

    def private(self) -> Key:
        """Return the key that signs. Raises `KeyUnusableError` for a corrupt row, `SealingKeyLost`."""
        self._refuse_unjudged()
        if self._private is None:
            with LOCKS[hash(self.row.kid) % len(LOCKS)].inner:
                if self._private is None:
                    self._private = unseal(self.row)
        return self._private

    def _refuse_unjudged(self) -> None:
        """Raise `SealingKeyLost` for a row that cannot be judged here: tokens of its key get a 503."""
        if self.verdict.unjudged:
            raise SealingKeyLost(self.verdict.unjudged, self.verdict.remedy)


WORK: Final[Mapping[State, tuple[Callable[[Entry], Key], ...]]] = {
    State.STANDBY: (Entry.open_verifier, Entry.private),
    State.ACTIVE: (Entry.open_verifier, Entry.private),
    State.RETIRED: (Entry.open_verifier,),
    State.VERIFY_ONLY: (Entry.open_verifier,),
    State.EXPIRED: (),
    State.REVOKED: (),
}
"""What a key must be able to do in each state."""
