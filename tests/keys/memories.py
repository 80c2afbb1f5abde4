"""The memory that this process has of a ring, and how to act as another process."""

from collections.abc import Iterator
from contextlib import contextmanager

from django_jwtkit.keys.snapshots import memory
from django_jwtkit.keys.snapshots.memory import RingMemory
from django_jwtkit.keys.store import current_store


def remembered(ring: str = "access") -> RingMemory:
    """Return the memory of `ring` in the current store."""
    return memory.memory_of(current_store().ring(ring))


@contextmanager
def another_process() -> Iterator[None]:
    """Act as another process: afterwards, this process has not heard of the changes made inside."""
    mine = dict(memory._memories)
    memory._memories.clear()
    try:
        yield
    finally:
        memory._memories.clear()
        memory._memories.update(mine)
