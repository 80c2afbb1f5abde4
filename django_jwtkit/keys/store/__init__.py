"""The keys in the database: rows, their history, where they are, and the database's time."""

from .clock import at, clock_lag, describe_lag, note_reading, now
from .history import Author, HistoryEntry, note, operator
from .living import KeyRow, LivingKey, living_keys
from .locating import Address, Store, current_scope, current_store, is_home, resolve, stored_keys, using
from .models import BEGINS, KeyEvent, Ring, SealingCheck, StoredKey
from .runs import note_run
from .sentences import (
    FOUND,
    MOVED_SCOPE,
    REQUESTED,
    SEALED,
    TEXTS,
    VOUCHED_ANEW,
    VOUCHED_RING,
    message_of,
    values_of,
)

__all__ = [
    "BEGINS",
    "FOUND",
    "MOVED_SCOPE",
    "REQUESTED",
    "SEALED",
    "TEXTS",
    "VOUCHED_ANEW",
    "VOUCHED_RING",
    "Address",
    "Author",
    "HistoryEntry",
    "KeyEvent",
    "KeyRow",
    "LivingKey",
    "Ring",
    "SealingCheck",
    "Store",
    "StoredKey",
    "at",
    "clock_lag",
    "current_scope",
    "current_store",
    "describe_lag",
    "is_home",
    "living_keys",
    "message_of",
    "note",
    "note_reading",
    "note_run",
    "now",
    "operator",
    "resolve",
    "stored_keys",
    "using",
    "values_of",
]
