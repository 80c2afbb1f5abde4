"""Ending many sessions: in batches, each a short transaction, however many there are."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from django.db.models import QuerySet

from django_jwtkit import keys
from django_jwtkit.db import asks_database, refuse_transaction
from django_jwtkit.sessions.models import Session
from django_jwtkit.sessions.table import alive_at, living, rows, using

from .announcing import Actor, announce
from .marking import mark


@asks_database("sessions.end_many")
def end_many(
    matching: QuerySet[Session],
    *,
    reason: str,
    by: str = "",
    address: str | None = None,
    batch: int = 1000,
    progress: Callable[[int], None] | None = None,
    now: datetime | None = None,
) -> int:
    """End the sessions of `matching` that live; return how many.

    Each batch is one UPDATE that lasts, so the work of a process that is stopped is not lost.
    `progress` is told the count after each. `by` and `address` are for the log, as in `end`. Raises
    `InsideTransaction`.
    """
    refuse_transaction(using(), "sessions.end_many")
    count, now = 0, keys.at(now)
    alive = matching.order_by().filter(alive_at(now))
    while pairs := list(alive.values_list("pk", "user_id")[:batch]):
        count += mark(rows().filter(pk__in=[pk for pk, _ in pairs]), reason, now)
        sids = defaultdict(list)
        for pk, user in pairs:
            sids[user].append(str(pk))
        for user, own in sids.items():
            announce(own, reason, Actor(by, address, str(user)))
        if progress is not None:
            progress(count)
    return count


@asks_database("sessions.end_origin")
def end_origin(
    origin: str,
    *,
    reason: str = "origin_ended",
    batch: int = 1000,
    progress: Callable[[int], None] | None = None,
    now: datetime | None = None,
) -> int:
    """End all sessions of `origin`, "simplejwt" say; return how many. For the day its secret has leaked.

    `progress` is told the count after each batch. Raises `ValueError` for an empty origin, that of our own
    logins; `InsideTransaction`.
    """
    if not origin:
        raise ValueError("origin must not be empty: sessions of our own logins have no origin")
    now = keys.at(now)
    of_it = living(now).filter(origin=origin)
    return end_many(of_it, reason=reason, batch=batch, progress=progress, now=now)
