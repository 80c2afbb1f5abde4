"""Forgetting the dead, and ending all sessions of one origin: in batches, each a short transaction."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Q

from django_jwtkit import keys
from django_jwtkit.db import asks_database, despite_deadlock, refuse_transaction
from django_jwtkit.sessions.models import Session
from django_jwtkit.sessions.table import living, rows, using

from .announcing import Actor, announce
from .marking import mark


@asks_database("sessions.prune")
def prune(
    *,
    dead_for: timedelta = timedelta(0),
    batch: int = 1000,
    progress: Callable[[int], None] | None = None,
    now: datetime | None = None,
) -> int:
    """Delete the sessions that ended or expired `dead_for` ago or longer; return how many.

    In batches along one index, each a short transaction of its own; `progress` is told the count after
    each. The dead never come back to life, so it may run beside any traffic. A token of a forgotten session
    stays refused. Raises `InsideTransaction`.
    """
    refuse_transaction(using(), "sessions.prune")
    before, count, reached = keys.at(now) - dead_for, 0, None
    while True:
        dead = rows().filter(_forgettable(before), expires_at__lte=before).order_by("expires_at")
        # Begin where the last batch ended: a database may not have cleared the index of what is gone.
        ahead = dead if reached is None else dead.filter(expires_at__gte=reached)
        batch_dates = list(ahead.values_list("pk", "expires_at")[:batch])
        if not batch_dates:
            return count
        (_, first), (_, reached) = batch_dates[0], batch_dates[-1]
        # Between two dates, for the index; and these alone, for a million may have ended at one moment.
        pks = [pk for pk, _ in batch_dates]
        batch_of_dead = rows().filter(expires_at__range=(first, reached), pk__in=pks)
        _, deleted = despite_deadlock(using(), batch_of_dead.delete)
        count += deleted.get(Session._meta.label, 0)
        if progress is not None:
            progress(count)


def _forgettable(before: datetime) -> Q:
    """Return the condition that no token of another package could become a session once more."""
    return Q(origin_until=None) | Q(origin_until__lte=before)


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
    refuse_transaction(using(), "sessions.end_origin")
    count, now = 0, keys.at(now)
    while pairs := list(living(now).filter(origin=origin).values_list("pk", "user_id")[:batch]):
        count += mark(rows().filter(pk__in=[pk for pk, _ in pairs]), reason, now)
        sids = defaultdict(list)
        for pk, user in pairs:
            sids[user].append(str(pk))
        for user, own in sids.items():
            announce(own, reason, Actor(account=str(user)))
        if progress is not None:
            progress(count)
    return count
