"""Forgetting the dead: in batches, each a short transaction."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from django_jwtkit import keys
from django_jwtkit.db import asks_database, despite_deadlock, refuse_transaction
from django_jwtkit.sessions.models import Session
from django_jwtkit.sessions.table import over_at, rows, using

Place = tuple[date, datetime, UUID]
"""Where a session stands in the index: the day of its end and the time of its login; and its ID."""


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
    before, count = keys.at(now) - dead_for, 0
    dead = rows().filter(over_at(before))
    for places in _batches(dead.filter(_forgettable(before)), batch):
        # The days are for the index; the IDs, because a million may have ended on one day.
        of_days = dead.filter(expires_on__range=(places[0][0], places[-1][0]))
        _, deleted = despite_deadlock(using(), of_days.filter(pk__in=[pk for *_, pk in places]).delete)
        count += deleted.get(Session._meta.label, 0)
        if progress is not None:
            progress(count)
    return count


def _batches(dead: QuerySet[Session], size: int) -> Iterator[list[Place]]:
    """Yield where the sessions `dead` stand, along the index; each batch is deleted before the next is read.

    A batch begins where the last one ended: a database may not have cleared the index of what is gone, and on
    the last day others live.
    """
    along = dead.order_by("expires_on", "created_at").values_list("expires_on", "created_at", "pk")
    places = list(along[:size])
    while places:
        yield places
        if len(places) < size:
            return
        day, login, _ = places[-1]
        places = list(along.filter(expires_on=day, created_at__gte=login)[:size])
        places += along.filter(expires_on__gt=day)[: size - len(places)]


def _forgettable(before: datetime) -> Q:
    """Return the condition that no token of another package could become a session once more."""
    return Q(origin_until=None) | Q(origin_until__lte=before)
