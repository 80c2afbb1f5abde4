"""What a process remembers of its rings: renewed by the clock, and by no token."""

from .ring import RingMemory, changes
from .rings import (
    forget,
    get_snapshot,
    latest_of,
    look_for_kid,
    look_together,
    memory_of,
    note_change,
    renew,
    take_snapshot,
)

__all__ = [
    "RingMemory",
    "changes",
    "forget",
    "get_snapshot",
    "latest_of",
    "look_for_kid",
    "look_together",
    "memory_of",
    "note_change",
    "renew",
    "take_snapshot",
]
