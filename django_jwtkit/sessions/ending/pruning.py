"""Forgetting the dead: in batches, each a short transaction."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Q

from django_jwtkit import keys
from django_jwtkit.db import asks_database, despite_deadlock, refuse_transaction
from django_jwtkit.sessions.models import Session
from django_jwtkit.sessions.table import rows, using


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
