"""The snapshot of a ring that a process works with: looked at anew by the clock, never by what tokens say.

`ring.generation` is asked for at most every `KEYRING_MAX_AGE`; the keys are read again only when it has
changed. An unknown kid is worth one extra look an interval, however many come. While the database is away the
snapshot goes on: signing for `SIGNING_MAX_AGE`, verifying for `KEYRING_MAX_STALE`.
"""

import logging
import os
import threading
import time
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from django.db import Error as DatabaseUnavailable
from django.db import router

from django_jwtkit.conf import Settings, conf
from django_jwtkit.durable import in_callers_transaction
from django_jwtkit.errors import KeyringStale
from django_jwtkit.jose.header import KnownHeaders
from django_jwtkit.jose.jwa import FITS
from django_jwtkit.keys.models import Ring, StoredKey
from django_jwtkit.keys.planning import policy

from .entry import Entry
from .proven import Proven

logger = logging.getLogger("django_jwtkit.keys")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A ring's living keys as they were at `looked_at` (seconds of `time.monotonic`)."""

    ring: str
    generation: uuid.UUID | None
    entries: Mapping[str, Entry]
    looked_at: float
    algorithms: frozenset[str] = frozenset()  # what the keys are made for, of those that we know
    line: Sequence[Entry] = ()  # the keys that have a turn to sign, in the order in which the turns begin
    # What the process has learnt from good tokens of these very keys: another generation knows none of it.
    known_headers: KnownHeaders = field(default_factory=dict, repr=False)
    proven: Proven = field(default_factory=Proven, repr=False)

    def age(self) -> timedelta:
        return timedelta(seconds=time.monotonic() - self.looked_at)


_opened: Final[dict[str, Mapping[str, Entry]]] = {}  # outlives a snapshot: opening a key again is slow
_snapshots: Final[dict[str, Snapshot]] = {}
_extra_looks: Final[dict[str, float]] = {}
_failures: Final[dict[str, float]] = {}
_past: Final[dict[str, deque[uuid.UUID | None]]] = {}  # generations that a newer one has replaced
_locks: Final[dict[str, threading.Lock]] = {}
_changes = 0  # of keys, made here


def look_again() -> None:
    """The keys have just been changed here: the next question looks at the database, in every ring."""
    global _changes  # noqa: PLW0603 - the memory below is the process's too
    _changes += 1  # before the memory is cleared: a look that is under way keeps nothing after that
    for ring, held in _snapshots.items():
        _replaced(ring).append(held.generation)
    for memory in (_snapshots, _extra_looks, _failures):
        memory.clear()


def forget() -> None:
    """Drop the snapshots and every key that was opened: the process is as if it had just started."""
    look_again()
    _opened.clear()
    _past.clear()


def _begin_anew() -> None:
    """A forked child has nobody who would release the locks that its parent's threads held."""
    _locks.clear()
    forget()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_begin_anew)


def snapshot(ring: str, settings: Settings | None = None) -> Snapshot:
    """The ring, no older than `KEYRING_MAX_AGE` where the database can be asked, as `settings` have it now.

    Raises `KeyringStale` where it can't and the last look was more than `KEYRING_MAX_STALE` ago;
    `UnknownRing`.
    """
    held = _snapshots.get(ring)
    if held is None:
        return fresh(ring)
    age, bounds = time.monotonic() - held.looked_at, (settings or conf()).seconds
    is_young, is_stale = age < bounds.max_age, age > bounds.max_stale
    if is_young and not is_stale:
        return held
    if is_young or _within_max_age(_failures.get(ring)):
        return _bounded(held, ring)
    return newer(held) if is_stale else fresh(ring, held)


def fresh(ring: str, held: Snapshot | None = None) -> Snapshot:
    """Look now. One thread looks, the others go on with what is `held`; without anything they wait."""
    lock, asked = _locks.setdefault(ring, threading.Lock()), time.monotonic()
    if not lock.acquire(blocking=held is None):
        return _bounded(held, ring)
    try:
        return _looked_since(asked, ring) if held is None else _looked(ring)
    finally:
        lock.release()


def _looked_since(asked: float, ring: str) -> Snapshot:
    """What another thread has found since `asked`, be it that the database is away; else look."""
    found = _snapshots.get(ring)
    if found is not None and found.looked_at > asked:
        return found
    return _bounded(found, ring) if _failures.get(ring, 0.0) > asked else _looked(ring)


def after_unknown_kid(seen: Snapshot) -> Snapshot:
    """One more look for a kid that `seen` does not hold, at most once every `KEYRING_MAX_AGE`.

    Who comes while another thread looks waits for what it finds: the kid may well be a new key's.
    """
    with _locks.setdefault(seen.ring, threading.Lock()):
        if not _within_max_age(_extra_looks.get(seen.ring)):
            _extra_looks[seen.ring] = time.monotonic()
            return _looked(seen.ring)
        return _snapshots.get(seen.ring, seen)


def newer(seen: Snapshot) -> Snapshot:
    """A snapshot taken after this call, or the last one where the database has just failed to answer.

    Threads that ask at once wait for one another, and most of them find what another has taken meanwhile.
    """
    asked = time.monotonic()
    with _locks.setdefault(seen.ring, threading.Lock()):
        held = _snapshots.get(seen.ring, seen)
        if held.looked_at > asked or _within_max_age(_failures.get(seen.ring)):
            return _bounded(held, seen.ring)
        return _looked(seen.ring)


def _within_max_age(moment: float | None) -> bool:
    return moment is not None and timedelta(seconds=time.monotonic() - moment) < conf().KEYRING_MAX_AGE


def _looked(ring: str) -> Snapshot:
    held, changes = _snapshots.get(ring), _changes
    try:
        taken = _read(ring, held)
    except DatabaseUnavailable as error:
        _failures[ring] = time.monotonic()
        logger.warning("keyring: the database did not answer, ring %s: %s", ring, type(error).__name__)
        return _bounded(held, ring, error)
    _failures.pop(ring, None)
    past = _replaced(ring)
    # Generations never come back, but a long transaction may still see one (REPEATABLE READ): that must not
    # become the truth of the process. Outside of one, it is a database that was restored.
    if taken.generation in past and in_callers_transaction(router.db_for_write(StoredKey)):
        return _bounded(held, ring) if held else taken
    if held is not None and held.generation != taken.generation:
        past.append(held.generation)
    _snapshots[ring] = taken
    if changes != _changes:  # what was read may be of before the change: for this question, and no other
        _snapshots.pop(ring, None)
    return taken


def _replaced(ring: str) -> deque[uuid.UUID | None]:
    return _past.setdefault(ring, deque(maxlen=16))


def _read(ring: str, held: Snapshot | None) -> Snapshot:
    """The generation first, then the keys: what is read later can only be newer, and is then read again."""
    policy(ring)
    db, now = router.db_for_write(StoredKey), time.monotonic()
    generation = Ring.objects.using(db).filter(name=ring).values_list("generation", flat=True).first()
    if held is not None and held.generation == generation:
        return replace(held, looked_at=now)
    known = _opened.get(ring, {})
    rows = StoredKey.objects.using(db).filter(ring_id=ring, archived=False, revoked_at=None)
    entries = _opened[ring] = {row.kid: Entry.of(row, known.get(row.kid)) for row in rows}
    line = sorted((entry for entry in entries.values() if entry.life.sign_from), key=Entry.begin)
    return Snapshot(ring, generation, entries, now, frozenset(row.alg for row in rows) & FITS.keys(), line)


def _bounded(held: Snapshot | None, ring: str, error: Exception | None = None) -> Snapshot:
    if held is not None and held.age() <= conf().KEYRING_MAX_STALE:
        return held
    raise KeyringStale(
        f"The keys of ring {ring!r} can't be read: the database does not answer, or has not been migrated "
        "(python manage.py migrate)."
    ) from error
