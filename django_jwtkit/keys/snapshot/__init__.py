"""What a process knows of the keys."""

from .entry import Entry
from .fitness import fault_of, fault_of_judged, faults_of
from .keyring import Keyring, jwks, keyring, moment
from .memory import forget, fresh, look_again, newer, snapshot
from .proven import Proof, Proven
from .reading import Snapshot

__all__ = [
    "Entry",
    "Keyring",
    "Proof",
    "Proven",
    "Snapshot",
    "fault_of",
    "fault_of_judged",
    "faults_of",
    "forget",
    "fresh",
    "jwks",
    "keyring",
    "look_again",
    "moment",
    "newer",
    "snapshot",
]
