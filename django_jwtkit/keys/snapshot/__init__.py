"""What a process knows of the keys."""

from .entry import Entry
from .keyring import Keyring, jwks, keyring
from .looking import Snapshot, forget, fresh, look_again, newer, snapshot

__all__ = [
    "Entry",
    "Keyring",
    "Snapshot",
    "forget",
    "fresh",
    "jwks",
    "keyring",
    "look_again",
    "newer",
    "snapshot",
]
