"""One look at a ring in the database: what is asked each time, and what is read only after a change."""

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from django_jwtkit.db import ClockSeconds, steady
from django_jwtkit.jose.header import KnownHeaders
from django_jwtkit.jose.jwa import FITS
from django_jwtkit.keys.clock import note_reading
from django_jwtkit.keys.locating import Address
from django_jwtkit.keys.models import Ring, StoredKey
from django_jwtkit.keys.planning import State, policy

from .entry import Entry
from .proven import Proven


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A ring's living keys as they were at `looked_at` (seconds of `time.monotonic`)."""

    address: Address
    generation: uuid.UUID | None
    entries: Mapping[str, Entry]
    looked_at: float
    algorithms: frozenset[str] = frozenset()  # what the keys are made for, of those that we know
    line: Sequence[Entry] = ()  # the keys that have a turn to sign, in the order in which the turns begin
    # What the process has learnt from good tokens of these very keys: another generation knows none of it.
    known_headers: KnownHeaders = field(default_factory=dict, repr=False)
    proven: Proven = field(default_factory=Proven, repr=False)

    @property
    def ring(self) -> str:
        return self.address.ring

    def is_first(self, entry: Entry) -> bool:
        """Whether no other key begins to sign before `entry`."""
        return bool(self.line) and entry.begin() <= self.line[0].begin()

    def opens_with(self, entry: Entry, now: datetime) -> bool:
        """Whether `entry` signs at `now`, as no turn of the ring has begun yet (see `planning.signer`)."""
        return self.is_first(entry) and entry.life.state(now) is State.STANDBY

    def age(self) -> timedelta:
        return timedelta(seconds=time.monotonic() - self.looked_at)


class RingState(NamedTuple):
    """What one query tells of a ring: as long as it stays the same, a snapshot stays good."""

    generation: uuid.UUID | None
    clock: float | None = None  # the database's, as a NumericDate: not of the ring, and never compared


def read(address: Address, previous: Snapshot | None, opened: Mapping[str, Entry]) -> Snapshot:
    """Return the ring as it is now: `previous` with a new date where nothing has changed.

    The state comes first: what is read after it can only be newer, and is then read again at the next look.
    `opened` are entries of earlier snapshots, whose keys need not be opened again. Raises `UnknownRing`.
    """
    policy(address.ring)
    looked_at, asked = time.monotonic(), steady()
    state = _state(address)
    note_reading(address.alias, state.clock, asked)
    if previous is not None and previous.generation == state.generation:
        return replace(previous, looked_at=looked_at)
    rows = StoredKey.objects.using(address.alias).filter(
        ring_id=address.ring, archived=False, revoked_at=None
    )
    entries = {row.kid: Entry.of(row, opened.get(row.kid)) for row in rows}
    line = sorted((entry for entry in entries.values() if entry.life.sign_from), key=Entry.begin)
    algorithms = frozenset(row.alg for row in rows) & FITS.keys()
    return Snapshot(address, state.generation, entries, looked_at, algorithms, line)


def _state(address: Address) -> RingState:
    """Ask the one question of a look."""
    rings = Ring.objects.using(address.alias).filter(name=address.ring)
    row = rings.annotate(clock=ClockSeconds()).values_list("generation", "clock").first()
    return RingState(*(row or (None,)))
