"""The memory of a process of each ring: renewed by the clock, and by no token.

`ring.generation` is asked for at most every `KEYRING_MAX_AGE`; the keys are read again only when it has
changed. An unknown kid is worth one extra look an interval, however many come. While the database is away the
snapshot goes on: signing for `SIGNING_MAX_AGE`, verifying for `KEYRING_MAX_STALE`.

There is one memory for each ring of each store, so nothing of one tenant answers for another.

In a running event loop nothing looks: a snapshot up to `KEYRING_MAX_STALE` old answers, while a thread looks.
"""

import logging
import threading
import uuid
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final

from django.db import Error as DatabaseUnavailable
from django.db import router

from django_jwtkit import db, event_loops, forks
from django_jwtkit.conf import Settings, conf
from django_jwtkit.db import forget_readings, is_in_callers_transaction
from django_jwtkit.errors import InsideEventLoop, JWTKitError, KeyringStale
from django_jwtkit.keys.sealing import forget_alarms
from django_jwtkit.keys.store import Address, Store, current_scope, current_store, using
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger
from django_jwtkit.wording import message as _

from .entry import Entry
from .reading import read
from .snapshot import RingState, Snapshot

logger = get_logger("keys")

MAX_MEMORIES: Final = 2**14  # far above any number of tenants: a bound for scopes that a stranger may choose
PAST: Final = 16  # generations


_changes = 0


def count_change() -> None:
    """Note that what some snapshot says of its keys is no longer what it said."""
    global _changes  # noqa: PLW0603 - of this process
    _changes += 1


def changes() -> int:
    """Return a number that changes with the keys of any snapshot of this process."""
    return _changes


class RingMemory:
    """All that a process knows of the ring at `address`, and how its last looks at the database went."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.snapshot: Snapshot | None = None
        self.opened: Mapping[str, Entry] = {}  # outlives a snapshot: opening a key again is slow
        self.past: deque[uuid.UUID | None] = deque(maxlen=PAST)  # generations that a newer one has replaced
        self.failed_at: float | None = None  # these two in seconds of db.steady
        self.extra_look_at: float | None = None
        self.changes = 0  # of the ring, made in this process
        self.lock = forks.Lock()
        self.reloading: threading.Thread | None = None

    def current(self, settings: Settings) -> Snapshot:
        """Return the ring, no older than `KEYRING_MAX_AGE` where the database can be asked.

        Raises `KeyringStale` where it can't and the last look was more than `KEYRING_MAX_STALE` ago.
        """
        snapshot = self.snapshot
        if snapshot is None:
            return self.look()
        age, bounds = db.steady() - snapshot.looked_at, settings.seconds
        is_young, is_stale = age < bounds.max_age, age > bounds.max_stale
        if is_young and not is_stale:
            return snapshot
        if is_young or is_within_max_age(self.failed_at):
            return self._bounded(snapshot)
        return self.renew(snapshot) if is_stale else self.look(snapshot)

    def is_due(self, settings: Settings) -> bool:
        """Whether there is a snapshot that `current` would date anew."""
        is_old = (
            self.snapshot is not None and db.steady() - self.snapshot.looked_at >= settings.seconds.max_age
        )
        return is_old and not is_within_max_age(self.failed_at)

    def look(self, snapshot: Snapshot | None = None) -> Snapshot:
        """Look now. One thread looks, the others go on with `snapshot`; without one they wait."""
        if event_loops.is_running():
            return self._leave_to_thread(snapshot)
        requested_at = db.steady()
        lock = self.lock.inner
        if not lock.acquire(blocking=snapshot is None):
            return self._bounded(snapshot)
        try:
            return self._look_since(requested_at) if snapshot is None else self._look()
        finally:
            lock.release()

    def look_for_kid(self, snapshot: Snapshot) -> Snapshot:
        """Look once more for a kid that `snapshot` lacks, at most once every `KEYRING_MAX_AGE`.

        A thread that comes while another one looks waits for the answer: the kid may well be a new key's.
        """
        if event_loops.is_running():
            return self._leave_kid_to_thread(snapshot)
        with self.lock.inner:
            if not is_within_max_age(self.extra_look_at):
                self.extra_look_at = db.steady()
                return self._look()
            return self.snapshot or snapshot

    def renew(self, snapshot: Snapshot) -> Snapshot:
        """Return a snapshot taken after this call, or the last one where the database has just failed.

        Threads that ask at once wait for one another, and most of them get what another has taken meanwhile.
        """
        if event_loops.is_running():
            return self._leave_to_thread(snapshot if is_within_max_age(self.failed_at) else None)
        requested_at = db.steady()
        with self.lock.inner:
            latest = self.snapshot or snapshot
            if latest.looked_at > requested_at or is_within_max_age(self.failed_at):
                return self._bounded(latest)
            return self._look()

    def note_look(self, looked_at: float, state: RingState, sealing: tuple[str, ...], changes: int) -> None:
        """Date the snapshot anew if the ring is as it was, when `changes` were counted, before the look."""
        snapshot = self.snapshot
        if snapshot is not None and (snapshot.state, snapshot.sealing) == (state, sealing):
            self._keep(replace(snapshot, looked_at=looked_at), snapshot, changes)

    def change(self) -> None:
        """Note that the ring has just been changed here: the next question looks at the database."""
        count_change()
        self.changes += 1  # before the memory is cleared: a look that is under way keeps nothing after that
        if self.snapshot is not None:
            self.past.append(self.snapshot.generation)
        self.snapshot = self.extra_look_at = self.failed_at = None

    def _leave_to_thread(self, snapshot: Snapshot | None = None) -> Snapshot:
        """Return `snapshot` while a thread looks. Raises `InsideEventLoop` without one.

        Where the caller repeats an attempt in a thread, that thread looks, and others go on with `snapshot`.
        """
        is_attempt = event_loops.is_attempt()
        if not is_attempt:
            self._reload()
        if snapshot is None or (is_attempt and not self._is_looking()):
            error = InsideEventLoop(
                f"The keys of ring {self.address.ring!r} must be read first, and a running event loop must "
                f"not wait for the database. Use: await {db.TWINS['tokens.verify']}(…)"
            )
            error.retry_after = 1
            raise error
        return self._bounded(snapshot)

    def _leave_kid_to_thread(self, snapshot: Snapshot) -> Snapshot:
        """Return a snapshot that may have a new kid, while a thread looks for it, if that look is due."""
        is_due = not is_within_max_age(self.extra_look_at)
        if event_loops.is_attempt() and (is_due or self._is_looking()):
            return self._leave_to_thread()
        if is_due:
            self.extra_look_at = db.steady()
            self._reload()
        return self.snapshot or snapshot

    def _reload(self) -> None:
        """Have one thread look, unless it does so already or the database has just failed."""
        if not self._is_looking() and not is_within_max_age(self.failed_at):
            with suppress(RuntimeError):  # a process that is ending starts no thread any more
                self.reloading = db.in_background(self._look_in_background, name="jwtkit-keyring")

    def _look_in_background(self) -> None:
        with suppress(JWTKitError):  # which the log has, and the next caller gets
            self.look()

    def _is_looking(self) -> bool:
        return self.lock.inner.locked() or (self.reloading is not None and self.reloading.is_alive())

    def _look_since(self, requested_at: float) -> Snapshot:
        """Return what another thread has read since `requested_at`, or its failure; else look."""
        latest = self.snapshot
        if latest is not None and latest.looked_at > requested_at:
            return latest
        has_failed = self.failed_at is not None and self.failed_at > requested_at
        return self._bounded(latest) if has_failed else self._look()

    def _look(self) -> Snapshot:
        latest, changes = self.snapshot, self.changes
        try:
            taken = read(self.address, latest, self.opened)
        except DatabaseUnavailable as error:
            self.note_failure(error)
            return self._bounded(latest, error)
        self.failed_at, self.opened = None, taken.entries
        # Generations never come back, but a long transaction may still see one (REPEATABLE READ): that must
        # not become the truth of the process. Outside of one, it is a database that was restored.
        if taken.generation in self.past and is_in_callers_transaction(self.address.alias):
            return self._bounded(latest) if latest else taken
        self._keep(taken, latest, changes)
        return taken

    def note_failure(self, error: Exception) -> None:
        """Note that the database did not answer: it is not asked again for a while."""
        self.failed_at = db.steady()
        words = "keyring: the database did not answer, ring %s: %s"
        about = (self.address.ring, type(error).__name__)
        fields = {"ring": self.address.ring}
        log_limited(logger, logging.WARNING, "database_away", words, *about, fields=fields)

    def _keep(self, taken: Snapshot, latest: Snapshot | None, changes: int) -> None:
        """Keep `taken` in the place of `latest`, unless the ring was changed here since the look began."""
        if latest is not None and latest.generation != taken.generation:
            self.past.append(latest.generation)
        if latest is None or latest.entries is not taken.entries:
            count_change()
        self.snapshot = taken
        if changes != self.changes:  # the keys may be those of before the change: for one question, no other
            self.snapshot = None

    def _bounded(self, snapshot: Snapshot | None, error: Exception | None = None) -> Snapshot:
        if snapshot is not None and snapshot.age() <= conf().KEYRING_MAX_STALE:
            return snapshot
        raise KeyringStale(
            _(
                "The keys of ring {ring!r} can't be read: the database does not answer, or has not been "
                "migrated (python manage.py migrate).",
                ring=self.address.ring,
            )
        ) from error


_memories: Final[dict[tuple[str, str, str], RingMemory]] = {}  # by address


def memory_of(address: Address) -> RingMemory:
    """Return the one memory of the ring at `address`, an empty one at first."""
    memory = _memories.get(address)
    return memory if memory is not None else _new_memory(address)


def _new_memory(address: Address) -> RingMemory:
    while len(_memories) >= MAX_MEMORIES:
        _memories.pop(next(iter(list(_memories)), address), None)
    return _memories.setdefault(address, RingMemory(address))


@forks.in_children
def forget() -> None:
    """Drop the snapshots, every key that was opened and the time: as in a process that has just started."""
    _memories.clear()
    count_change()
    forget_readings()
    forget_alarms()


def note_change(address: Address) -> None:
    """Note that the ring at `address` has just been changed here; no other ring is concerned."""
    memory_of(address).change()


def get_snapshot(ring: str, settings: Settings | None = None, store: Store | None = None) -> Snapshot:
    """Return `ring` of `store`, by default the current one, as `settings` have it now.

    Raises `KeyringStale`, `ScopeUnknown`, `UnknownRing`, `InsideEventLoop`.
    """
    settings = settings or conf()
    if store is None and router.routers and event_loops.is_attempt():
        # A router may keep its choice with the thread of the connections, and this is another one.
        raise InsideEventLoop("a router must be asked in the thread of the database connections")
    # For each token: a plain tuple finds the memory as an `Address` does, and takes 1.2 µs less to make.
    alias, scope = store or (using(), current_scope(settings) if settings.KEYRING_SCOPE else "")
    memory = _memories.get((alias, scope, ring)) or _new_memory(Address(alias, scope, ring))
    return memory.current(settings)


def take_snapshot(ring: str, store: Store | None = None) -> Snapshot:
    """Look at `ring` now, whatever is remembered of it."""
    return memory_of((store or current_store()).ring(ring)).look()


def latest_of(snapshot: Snapshot) -> Snapshot:
    """Return what is remembered now of the ring of `snapshot`, without a look."""
    return memory_of(snapshot.address).snapshot or snapshot


def is_within_max_age(moment: float | None) -> bool:
    return moment is not None and timedelta(seconds=db.steady() - moment) < conf().KEYRING_MAX_AGE
