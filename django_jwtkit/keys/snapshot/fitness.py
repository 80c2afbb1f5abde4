"""Whether a stored key can do what it is there for: asked by plans, commands, checks and pages."""

import hashlib
from datetime import datetime
from typing import Final

from django_jwtkit.errors import ScopeUnknown, SealingKeyLost
from django_jwtkit.keys.locating import Store, current_store
from django_jwtkit.keys.models import StoredKey
from django_jwtkit.keys.sealing import sealing_keys

from .entry import Entry

MOST: Final = 1024

_sound: Final[set[bytes]] = set()


def fault_of(row: StoredKey, now: datetime, store: Store | None = None) -> str:
    """Why the key in `row` can't do at `now` what it is there for, in words that name it; empty where it can.

    What was found sound is not opened again: an RSA key takes 0.2 s. What is kept of it is a digest.
    """
    try:
        mark = _mark(row, now, store or current_store())
    except ScopeUnknown as error:
        return str(error)
    if mark in _sound:
        return ""
    fault = Entry.of(row, None).fault(now)
    if not fault:
        if len(_sound) >= MOST:
            _sound.clear()
        _sound.add(mark)
    return fault


def _mark(row: StoredKey, now: datetime, store: Store) -> bytes:
    """All that the answer depends on: the row and its store, what it is there for, and what could open it."""
    try:
        sealing = [key.check for key in sealing_keys().values()]
    except SealingKeyLost:
        sealing = []
    told = (row.ring_id, row.kid, row.alg, row.use, row.public_jwk, row.sealed, row.state(now), sealing)
    return hashlib.sha256(repr((*store, *told)).encode()).digest()
