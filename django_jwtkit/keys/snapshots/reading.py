"""Reading a ring from the database: a small question each time, and the keys only after a change."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from django.db.models import Count, OuterRef, Subquery, Sum

from django_jwtkit import db
from django_jwtkit.errors import SealingKeyLost
from django_jwtkit.jose import jwa
from django_jwtkit.keys.planning import policy
from django_jwtkit.keys.sealing import judge_rows, sealing_keys
from django_jwtkit.keys.store import Address, Ring, StoredKey, living_keys, note_reading

from .entry import Entry
from .snapshot import RingState, Snapshot

MOST_NAMES: Final = 100  # in one condition


def read(address: Address, previous: Snapshot | None, opened: Mapping[str, Entry]) -> Snapshot:
    """Return the ring as it is now: `previous` with a new date where nothing has changed.

    The state is read first: rows that are newer than it are read again at the next look.
    `opened` are entries of earlier snapshots, whose keys need not be opened again. Raises `UnknownRing`.
    """
    policy(address.ring)
    looked_at, state = db.steady(), read_states(address.alias, [address.ring]).get(address.ring, RingState())
    sealing = judged_by()
    if previous is not None and (previous.state, previous.sealing) == (state, sealing):
        return replace(previous, looked_at=looked_at)
    entries = _read_entries(address, opened)
    algorithms = frozenset(entry.row.alg for entry in entries.values() if entry.row.alg in jwa.FITS)
    return Snapshot(address, state, entries, looked_at, sealing, algorithms, _line_up(entries.values()))


def read_states(alias: str, names: Collection[str]) -> Mapping[str, RingState]:
    """Ask the one question of a look, for the rings `names` of a database."""
    living = StoredKey.objects.filter(ring_id=OuterRef("pk"), archived=False, revoked_at=None)
    by_ring = living.order_by().values("ring_id")
    rings = (
        Ring.objects.using(alias)
        .filter(**_named(names))
        .annotate(
            living=Subquery(by_ring.annotate(of_it=Count("pk")).values("of_it")),
            numbers=Subquery(by_ring.annotate(of_it=Sum("pk")).values("of_it")),
        )
    )
    requested_at = db.steady()  # as `note_reading` reckons
    rows = list(rings.annotate(clock=db.ClockSeconds()).values_list("name", *RingState._fields, "clock"))
    if rows:
        note_reading(alias, rows[0][-1], requested_at)
    return {name: RingState(*state) for name, *state, _ in rows}


def _named(names: Collection[str]) -> dict[str, object]:
    """Return the filter for rings of these names, none where it would be longer than all rings are."""
    if len(names) == 1:
        return {"name": next(iter(names))}
    return {"name__in": names} if len(names) <= MOST_NAMES else {}


def judged_by() -> tuple[str, ...]:
    """Return what this process judges by: it changes with the settings, and when a sealing key retires."""
    try:
        return tuple(key.check for key in sealing_keys().values())
    except SealingKeyLost:
        return ()


def _read_entries(address: Address, opened: Mapping[str, Entry]) -> Mapping[str, Entry]:
    """Return the living keys by kid, without those that were tampered with, which raise an alarm."""
    judged = judge_rows(address, living_keys)
    judged.raise_alarms()
    return {
        row.kid: Entry.of(row, opened.get(row.kid), verdict)
        for row, verdict in judged.rows
        if not verdict.tampered
    }


def _line_up(entries: Iterable[Entry]) -> Sequence[Entry]:
    """Return the entries that have a turn to sign, by the turn's beginning.

    The first one signs from the very beginning: no other key does before it (see `planning.signer`).
    """
    line = sorted((entry for entry in entries if entry.life.sign_from), key=lambda entry: entry.turn.begins)
    first = line[0].turn.begins if line else math.inf
    for entry in line:
        if entry.turn.begins > first:
            break
        entry.turn = entry.turn._replace(begins=-math.inf)
    return line
