"""A ring as it was read: its living keys, and what the process has learnt from their tokens."""

import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from django_jwtkit import db
from django_jwtkit.jose import KnownHeaders
from django_jwtkit.keys.planning import State
from django_jwtkit.keys.store import Address

from .entry import Entry
from .proofs import Proven


class RingState(NamedTuple):
    """What one query tells of a ring: as long as it stays the same, a snapshot stays good.

    Trust that is ended by SQL need not be announced: the living keys are counted, and their numbers added up.
    """

    generation: uuid.UUID | None = None
    serial: int = 0
    macs: str = ""
    living: int | None = None
    numbers: int | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A ring's living keys as they were at `looked_at` (seconds of `db.steady`)."""

    address: Address
    state: RingState
    entries: Mapping[str, Entry]
    looked_at: float
    sealing: tuple[str, ...] = ()  # the check values of the sealing keys that the rows were judged by
    algorithms: frozenset[str] = frozenset()  # of the keys, those that we implement
    line: Sequence[Entry] = ()  # the keys that have a turn to sign, in the order in which the turns begin
    # What the process has learnt from good tokens of these very keys: another generation knows none of it.
    known_headers: KnownHeaders = field(default_factory=dict, repr=False)
    proven: Proven = field(default_factory=Proven, repr=False)

    @property
    def generation(self) -> uuid.UUID | None:
        return self.state.generation

    @property
    def ring(self) -> str:
        return self.address.ring

    def is_opening(self, entry: Entry, now: datetime) -> bool:
        """Return whether `entry` signs at `now` because no turn has begun yet (see `planning.signer`)."""
        return entry.turn.begins == -math.inf and entry.life.state(now) is State.STANDBY

    def age(self) -> timedelta:
        return timedelta(seconds=db.steady() - self.looked_at)
