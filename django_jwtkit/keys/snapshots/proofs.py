"""Tokens that the keys of a snapshot have verified, for when they come again (docs/decisions/0006)."""

from collections import OrderedDict
from typing import Final, NamedTuple

from django_jwtkit import forks
from django_jwtkit.conf import Settings
from django_jwtkit.jose import Claims

MAX_ENTRIES: Final = 1024
MAX_CHARACTERS: Final = 2**20  # of all texts together; the claims take some times that


class Proof(NamedTuple):
    """The claims of a text that was verified, and for which questions they are the answer.

    Those are about tokens of `kind`, under `settings`, from `begins` until before `ends`, both NumericDates
    that allow for clocks. `nested` names the claims whose values a caller could change.
    """

    claims: Claims
    nested: tuple[str, ...]
    kind: object
    settings: Settings
    begins: float
    ends: float

    def is_valid_for(self, kind: object, settings: Settings, at: float) -> bool:
        """Return whether the text is a valid token of `kind`, under `settings`, at the NumericDate `at`."""
        return self.begins <= at < self.ends and self.settings is settings and self.kind is kind

    def fresh(self) -> Claims:
        """Return the claims, all the caller's own."""
        claims = Claims(self.claims)
        for name in self.nested:
            claims[name] = _copy(claims[name])
        return claims

    def __repr__(self) -> str:
        return f"<Proof until {self.ends}>"  # claims are somebody's own, and settings hold secrets


class Proven:
    """A bounded map from texts to proofs: the least recently used one makes room.

    It belongs to one snapshot, and is dropped with the keys that verified its texts. Strangers fill nothing:
    only a good signature gets a text in here. It never shows its content.
    """

    def __init__(self) -> None:
        self._proofs: OrderedDict[str, Proof] = OrderedDict()
        self._characters = 0
        self._lock = forks.Lock()

    def get(self, text: str) -> Proof | None:
        """Return the proof of this very text, or None; without the lock, which would take as long again."""
        proof = self._proofs.get(text)
        if proof is not None:
            try:
                self._proofs.move_to_end(text)
            except KeyError:  # another thread has just made room
                return None
        return proof

    def put(self, text: str, proof: Proof) -> None:
        """Keep `proof`, in the place of the oldest where there is no room."""
        with self._lock.inner:
            if self._proofs.pop(text, None) is None:
                self._characters += len(text)
            self._proofs[text] = proof
            while len(self._proofs) > MAX_ENTRIES or self._characters > MAX_CHARACTERS:
                # In one step: an iterator would fail where another thread asks in between.
                oldest, _ = self._proofs.popitem(last=False)
                self._characters -= len(oldest)

    def __len__(self) -> int:
        return len(self._proofs)


def _copy(value: object) -> object:
    """Return what JSON said, in containers of its own. `deepcopy` takes longer than to decode it again."""
    if type(value) is list:
        return [_copy(inner) for inner in value]
    return {name: _copy(inner) for name, inner in value.items()} if type(value) is dict else value
