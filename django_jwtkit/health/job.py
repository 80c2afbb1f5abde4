"""The rotation job: whether it runs in each ring as often as `ROTATION_INTERVAL` promises."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from django.db.models import Min

from django_jwtkit.conf import Settings, conf
from django_jwtkit.keys import Ring
from django_jwtkit.keys.store import stored_keys
from django_jwtkit.wording import Command
from django_jwtkit.wording import message as _

from .faults import fault
from .values import Fault, Kind

COMMAND: Final = Command("python manage.py rotate_keys")
MISSED: Final = 2  # runs of the job in a row, before that is a fault


def find_overdue(rings: Iterable[Ring], now: datetime) -> Mapping[str, Fault]:
    """Return by name the fault of each of `rings` in which the job is overdue.

    Only where it never ran in one of them is the database asked, once.
    """
    settings = conf()
    by_name = {ring.name: ring for ring in rings if ring.name in settings.rings}
    never = [ring for ring in by_name.values() if ring.last_run is None]
    made_at = _first_keys(never) if never else {}
    faults = ((name, find_fault(ring, made_at.get(name), now, settings)) for name, ring in by_name.items())
    return {name: fault for name, fault in faults if fault is not None}


def find_fault(ring: Ring, made_at: datetime | None, now: datetime, settings: Settings) -> Fault | None:
    """Return the fault of a ring whose oldest living key was made at `made_at`; None if the job runs."""
    reason, interval = _overdue(ring.last_run, made_at, now, settings), settings.ROTATION_INTERVAL
    if not reason:
        return None
    remedy = _(
        "Run it now, and let cron run it at least once in {interval}: {command}",
        interval=interval,
        command=COMMAND,
    )
    return fault(Kind.JOB, ring=ring.name, reason=reason, interval=interval, remedy=remedy)


def _first_keys(rings: Iterable[Ring]) -> Mapping[str, datetime]:
    """Return by ring when its oldest living key was made."""
    living = stored_keys().filter(ring__in=rings, archived=False, revoked_at=None)
    return dict(living.order_by().values_list("ring_id").annotate(Min("created_at")))


def _overdue(last_run: datetime | None, made_at: datetime | None, now: datetime, settings: Settings) -> str:
    """Return the reason why the job is overdue; empty where it is not.

    Where it never ran, two runs may be missing since the oldest key of the ring was made.
    """
    allowed = MISSED * settings.ROTATION_INTERVAL
    if last_run is None:
        is_late = made_at is not None and now - made_at > allowed
        return _("has never run since {moment}", moment=made_at) if is_late else ""
    if last_run - now > settings.CLOCK_SKEW:
        return _("seems to have run at {moment}, which lies ahead", moment=last_run)
    ago = now - last_run
    return _("last ran {ago} ago, at {moment}", ago=ago, moment=last_run) if ago > allowed else ""
