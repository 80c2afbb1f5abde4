"""When an old token was last accepted: that tells when `ACCEPT_SIMPLEJWT` can go."""

import time
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction

from django_jwtkit.db import asks_database
from django_jwtkit.keys import Store
from django_jwtkit.sessions.models import SimpleJWTSighting
from django_jwtkit.sessions.table import after_commit, current_store, using

EVERY: Final = timedelta(minutes=1)
_noted: Final[dict[Store, float]] = {}  # when this process last wrote there, in seconds of time.monotonic()


def note_sighting(now: datetime) -> None:
    """Write down that an old token was accepted `now`: once a minute, of all processes together.

    After a caller's transaction: no request holds the one row while it works. Raises `ScopeUnknown`.
    """
    store, tick = current_store(), time.monotonic()
    if tick - _noted.get(store, tick - EVERY.total_seconds()) < EVERY.total_seconds():
        return
    _noted[store] = tick
    after_commit(lambda: _write(store.alias, now))


@asks_database("sessions.last_seen_simplejwt")
def last_seen_simplejwt() -> datetime | None:
    """Return when an old token was last accepted, to the minute; None where none ever was."""
    return SimpleJWTSighting.objects.using(using()).values_list("last_seen_at", flat=True).first()


def _write(alias: str, now: datetime) -> None:
    sightings = SimpleJWTSighting.objects.using(alias)
    if sightings.filter(last_seen_at__lte=now - EVERY).update(last_seen_at=now) or sightings.exists():
        return
    try:
        with transaction.atomic(using=alias):
            sightings.create(last_seen_at=now)
    except IntegrityError:  # another process was first
        pass
