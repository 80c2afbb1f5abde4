"""One look at a ring in the database: what is asked each time, and what is read only after a change."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, OuterRef, Subquery, Sum

from django_jwtkit import db
from django_jwtkit.db import ClockSeconds, steady
from django_jwtkit.errors import SealingKeyLost
from django_jwtkit.jose import KnownHeaders, jwa
from django_jwtkit.keys.planning import State, policy
from django_jwtkit.keys.sealing import judge_rows, sealing_keys
from django_jwtkit.keys.store import Address, Ring, StoredKey, living_keys, note_reading

from .entry import Entry
from .proven import Proven


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A ring's living keys as they were at `looked_at` (seconds of `db.steady`)."""

    address: Address
    state: "RingState"
    entries: Mapping[str, Entry]
    looked_at: float
    sealing: tuple[str, ...] = ()  # what the rows were judged by
    algorithms: frozenset[str] = frozenset()  # what the keys are made for, of those that we know
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

    def is_first(self, entry: Entry) -> bool:
        """Whether no other key begins to sign before `entry`."""
        return bool(self.line) and entry.begin() <= self.line[0].begin()

    def opens_with(self, entry: Entry, now: datetime) -> bool:
        """Whether `entry` signs at `now`, as no turn of the ring has begun yet (see `planning.signer`)."""
        return self.is_first(entry) and entry.life.state(now) is State.STANDBY

    def age(self) -> timedelta:
        return timedelta(seconds=db.steady() - self.looked_at)


class RingState(NamedTuple):
    """What one query tells of a ring: as long as it stays the same, a snapshot stays good.

    Whoever ends trust by SQL need not announce it: the living keys are counted, and their numbers added up.
    """

    generation: uuid.UUID | None = None
    serial: int = 0
    macs: str = ""
    living: int | None = None
    numbers: int | None = None


def read(address: Address, previous: Snapshot | None, opened: Mapping[str, Entry]) -> Snapshot:
    """Return the ring as it is now: `previous` with a new date where nothing has changed.

    The state comes first: what is read after it can only be newer, and is then read again at the next look.
    `opened` are entries of earlier snapshots, whose keys need not be opened again. Raises `UnknownRing`.
    """
    policy(address.ring)
    looked_at, state, sealing = db.steady(), _state(address), _sealing()
    if previous is not None and (previous.state, previous.sealing) == (state, sealing):
        return replace(previous, looked_at=looked_at)
    judged = judge_rows(address, living_keys)
    judged.raise_alarms()
    entries = {
        row.kid: Entry.of(row, opened.get(row.kid), verdict)
        for row, verdict in judged.rows
        if not verdict.tampered
    }
    line = sorted((entry for entry in entries.values() if entry.life.sign_from), key=Entry.begin)
    algorithms = frozenset(entry.row.alg for entry in entries.values()) & jwa.FITS.keys()
    return Snapshot(address, state, entries, looked_at, sealing, algorithms, line)


def _state(address: Address) -> RingState:
    """Ask the one question of a look."""
    living = StoredKey.objects.filter(ring_id=OuterRef("pk"), archived=False, revoked_at=None)
    by_ring = living.order_by().values("ring_id")
    rings = (
        Ring.objects.using(address.alias)
        .filter(name=address.ring)
        .annotate(
            living=Subquery(by_ring.annotate(of_it=Count("pk")).values("of_it")),
            numbers=Subquery(by_ring.annotate(of_it=Sum("pk")).values("of_it")),
        )
    )
    asked = steady()  # as `note_reading` reckons
    row = rings.annotate(clock=ClockSeconds()).values_list(*RingState._fields, "clock").first()
    if row is None:
        return RingState()
    *state, clock = row
    note_reading(address.alias, clock, asked)
    return RingState(*state)


def _sealing() -> tuple[str, ...]:
    """What this process judges by: it changes with the settings, and when a sealing key retires."""
    try:
        return tuple(key.check for key in sealing_keys().values())
    except SealingKeyLost:
        return ()
