"""Snapshots of rings, as a process has read them, and the answers that they give about tokens."""

from .entry import Entry
from .fitness import assess, can_open_verifier, can_verify, fault_of, name_inability
from .keyrings import Keyring, keyring, renew
from .memory import forget, get_snapshot, note_change, take_snapshot
from .proofs import Proof, Proven
from .published import jwks, jwks_body
from .snapshot import Snapshot

__all__ = [
    "Entry",
    "Keyring",
    "Proof",
    "Proven",
    "Snapshot",
    "assess",
    "can_open_verifier",
    "can_verify",
    "fault_of",
    "forget",
    "get_snapshot",
    "jwks",
    "jwks_body",
    "keyring",
    "name_inability",
    "note_change",
    "renew",
    "take_snapshot",
]
