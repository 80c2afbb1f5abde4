"""What a process remembers of the health of keys, for pages and metrics that ask all the time."""

from contextlib import AbstractContextManager, nullcontext
from typing import Final, NamedTuple

from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError
from django.db import connections, transaction

from django_jwtkit import db, forks, moments
from django_jwtkit.errors import JWTKitError
from django_jwtkit.keys import Store, current_store
from django_jwtkit.wording import Command, database_fault, words_of
from django_jwtkit.wording import message as _

from .faults import fault
from .reading import read_health
from .values import Health, Kind

GOOD_FOR: Final = 60.0  # seconds
BAD_FOR: Final = 10.0  # seconds: an operator who has repaired something looks again
MOST: Final = 1024  # stores


class _Remembered(NamedTuple):
    health: Health
    until: float  # of db.steady


_recent: Final[dict[Store, _Remembered]] = {}
_reading: Final = forks.Lock()


def current_health() -> Health:
    """Return the health of the keys as it is now. Where it can't be read, that is its one fault."""
    try:
        store = current_store()
    except (JWTKitError, ImproperlyConfigured) as error:
        return _unreadable(error)
    try:
        with _apart(store):
            health = read_health()
    except (JWTKitError, ImproperlyConfigured, DatabaseError) as error:
        health = _unreadable(error)
    if len(_recent) >= MOST:
        _recent.clear()
    _recent[store] = _Remembered(health, db.steady() + (GOOD_FOR if health.is_ok else BAD_FOR))
    return health


def recent_health() -> Health:
    """Return the health as it was within the last minute, without a query if this process has read it.

    One thread reads; the others go on with what they have.
    """
    try:
        store = current_store()
    except (JWTKitError, ImproperlyConfigured) as error:
        return _unreadable(error)
    last = _recent.get(store)
    if last is not None and (db.steady() < last.until or not _reading.inner.acquire(blocking=False)):
        return last.health
    if last is None:
        _reading.inner.acquire()
    try:
        again = _recent.get(store)
        return again.health if again and db.steady() < again.until else current_health()
    finally:
        _reading.inner.release()


def _apart(store: Store) -> AbstractContextManager[None]:
    """Return a savepoint in a caller's transaction, which a table that is missing would spoil."""
    inside = connections[store.alias].in_atomic_block
    return transaction.atomic(using=store.alias) if inside else nullcontext()


def _unreadable(error: Exception) -> Health:
    """Return the health of keys that can't be read. What the database says stays out: it may be a secret."""
    away = isinstance(error, DatabaseError)
    reason = database_fault(error) if away else words_of(error)
    remedy = "" if away else _("Run: {command}", command=Command("python manage.py check"))
    return Health(now=moments.now(), faults=(fault(Kind.UNREADABLE, reason=reason, remedy=remedy),))
