"""The memories of all rings of a process: one for each ring of each store.

Nothing of one tenant answers for another.
"""

from collections.abc import Iterable
from typing import Final

from django.db import Error as DatabaseUnavailable
from django.db import router

from django_jwtkit import db, event_loops, forks
from django_jwtkit.conf import Settings, conf
from django_jwtkit.db import forget_readings
from django_jwtkit.errors import InsideEventLoop
from django_jwtkit.keys.sealing import forget_alarms
from django_jwtkit.keys.snapshots.reading import judged_by, read_states
from django_jwtkit.keys.snapshots.snapshot import RingState, Snapshot
from django_jwtkit.keys.store import Address, Store, current_scope, current_store, using

from .ring import RingMemory, count_change

MAX_MEMORIES: Final = 2**14  # far above any number of tenants: a bound for scopes that a stranger may choose

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


def look_together(rings: Iterable[str], settings: Settings, store: Store) -> None:
    """Ask one question for all of `rings` that are due for a look; those that have changed are read later."""
    memories = [memory_of(store.ring(ring)) for ring in rings]
    due = {memory.address.ring: (memory, memory.changes) for memory in memories if memory.is_due(settings)}
    if len(due) < 2 or event_loops.is_running():
        return
    try:
        looked_at, states, sealing = db.steady(), read_states(store.alias, due), judged_by()
    except DatabaseUnavailable as error:
        for memory, _ in due.values():
            memory.note_failure(error)
        return
    for ring, (memory, changes_before) in due.items():
        memory.note_look(looked_at, states.get(ring, RingState()), sealing, changes_before)


def take_snapshot(ring: str, store: Store | None = None) -> Snapshot:
    """Look at `ring` now, whatever is remembered of it."""
    return memory_of((store or current_store()).ring(ring)).look()


def latest_of(snapshot: Snapshot) -> Snapshot:
    """Return what is remembered now of the ring of `snapshot`, without a look."""
    return memory_of(snapshot.address).snapshot or snapshot


def renew(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot of the same ring that was taken after this call (see `RingMemory.renew`)."""
    return memory_of(snapshot.address).renew(snapshot) if _is_here(snapshot) else snapshot


def look_for_kid(snapshot: Snapshot) -> Snapshot:
    """Return a snapshot of the same ring that may have a new kid (see `RingMemory.look_for_kid`)."""
    return memory_of(snapshot.address).look_for_kid(snapshot) if _is_here(snapshot) else snapshot


def _is_here(snapshot: Snapshot) -> bool:
    """Whether a look would see the store of `snapshot`, and not what has become the current schema since.

    Keyrings are values: a caller may keep one over a change of tenants, or use it in another thread.
    """
    return snapshot.address.scope == current_scope(conf())
