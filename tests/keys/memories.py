"""What this process remembers of a ring: to look at it, or to have another process change the ring."""

from collections.abc import Iterator
from contextlib import contextmanager

from django_jwtkit.keys.snapshots import memory
from django_jwtkit.keys.snapshots.memory import RingMemory
from django_jwtkit.keys.store import current_store


def remembered(ring: str = "access") -> RingMemory:
    """The memory of `ring` in the current store."""
    return memory.memory_of(current_store().ring(ring))


@contextmanager
def another_process() -> Iterator[None]:
    """What is done inside is done by a process of its own: this one has not heard of it afterwards."""
    mine = dict(memory._memories)
    memory._memories.clear()
    try:
        yield
    finally:
        memory._memories.clear()
        memory._memories.update(mine)
