"""`list_keys`: every key, where it stands in its life, and the line of time."""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser

from django_jwtkit import keys
from django_jwtkit.keys import KeyEvent, State, StoredKey
from django_jwtkit.keys.planning import short
from django_jwtkit.keys.snapshots import faults_of
from django_jwtkit.keys.store import stored_keys
from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.management.reports.chart import ASCII, BLOCKS, timeline
from django_jwtkit.wording import escape, iso, minute

DATES = ("PUBLISHED (UTC)", "SIGNS FROM (UTC)", "SIGNS UNTIL (UTC)", "VERIFIES UNTIL (UTC)")
HEADINGS = ("KID", "RING", "ALGORITHM", "STATE", *DATES)
EVENTS = ("WHEN (UTC)", "WHAT", "KID", "WHO", "SOURCE", "DETAIL")
TROUBLE = "These can't be used, and the others go on; python manage.py check --database default says more:"
NEXT = {
    True: "A beginning of a kid is enough: python manage.py revoke_key KID --reason leaked --dry-run",
    False: "No keys yet. Make them with: python manage.py migrate    or: python manage.py rotate_keys",
}


class Command(base.Command):
    """Times are UTC."""

    requires_system_checks = ()  # it only looks, and who looks may well be in trouble
    help = "Lists all keys with state and dates, and draws their lives; --events: what has happened to them."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--ring", help="Only this ring.")
        parser.add_argument("--events", action="store_true", help="The history: who did what, when and why.")

    def report(self, *, ring: str | None, events: bool, **_: Any) -> Report:
        rows = _rows(ring)
        history = _history(rows[0].ring_id if ring and rows else ring) if events else []
        now = keys.now()
        faults = faults_of(rows, now)
        data: dict[str, object] = {"keys": [described(row, now, faults.get(row.kid)) for row in rows]}
        if events:
            return Report(
                lines=list(_table(EVENTS, map(_event, history))), data=data | {"events": _told(history)}
            )
        return Report(lines=[*self._drawn(rows, now, faults), "", NEXT[bool(rows)]], data=data)

    def _drawn(self, rows: Sequence[StoredKey], now: datetime, faults: Mapping[str, str]) -> Iterator[str]:
        yield from _table(HEADINGS, (_line(row, now) for row in rows))
        yield from (("", TROUBLE, *(f"  {one}" for one in faults.values())) if faults else ())
        ink = BLOCKS if self.can_show("".join(BLOCKS)) else ASCII
        living = [row for row in rows if row.state(now) is not State.EXPIRED]
        picture = timeline(living, now, width=shutil.get_terminal_size((100, 24)).columns, ink=ink)
        if picture:
            yield ""
            yield from picture


def _rows(ring: str | None) -> list[StoredKey]:
    if ring is not None and not stored_keys().filter(ring_id=ring).exists():
        keys.policy(ring)  # a ring that is neither stored nor set is a mistake: UnknownRing
    rows = stored_keys().filter(ring_id=ring) if ring is not None else stored_keys()
    return list(rows.order_by("ring_id", "published_at", "pk"))


def _history(ring: str | None) -> list[KeyEvent]:
    events = KeyEvent.objects.using(stored_keys().db)
    return list((events.filter(ring_id=ring) if ring is not None else events).order_by("at", "pk"))


def described(row: StoredKey, now: datetime, fault: str | None = None) -> dict[str, object]:
    """A key for programs. Nothing private has a place here."""
    return {
        "kid": row.kid,
        "ring": row.ring_id,
        "algorithm": row.alg,
        "use": row.use,
        "state": str(row.state(now)),
        "published_at": iso(row.published_at),
        "sign_from": iso(row.sign_from),
        "sign_until": iso(row.sign_until),
        "verify_until": iso(row.verify_until),
        "max_lifetime": row.max_lifetime.total_seconds(),
        "revoked_at": iso(row.revoked_at),
        "reason": row.reason,
        "fault": fault,
    }


def _line(row: StoredKey, now: datetime) -> tuple[str, ...]:
    dates = (row.published_at, row.sign_from, row.sign_until, row.revoked_at or row.verify_until)
    return (short(row.kid), row.ring_id, row.alg, str(row.state(now)), *map(minute, dates))


def _event(event: KeyEvent) -> tuple[str, ...]:
    return (minute(event.at), event.action, short(event.kid), event.who, event.source, event.detail)


def _told(history: Iterable[KeyEvent]) -> list[dict[str, object]]:
    names = ("kid", "action", "who", "source", "detail")
    return [
        {"at": iso(event.at), "ring": event.ring_id} | {name: getattr(event, name) for name in names}
        for event in history
    ]


def _table(headings: Sequence[str], lines: Iterable[Sequence[str]]) -> Iterator[str]:
    table = [headings, *([escape(cell) for cell in line] for line in lines)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
