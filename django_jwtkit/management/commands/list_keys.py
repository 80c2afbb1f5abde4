"""`list_keys`: every key with its state and dates, and a chart of their lives."""

from typing import Any

from django.core.management.base import CommandParser

from django_jwtkit import keys
from django_jwtkit.health import standings_of
from django_jwtkit.keys import KeyEvent, StoredKey
from django_jwtkit.keys.store import stored_keys
from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.management.layout import terminal_width
from django_jwtkit.management.reports.chart import ASCII, BLOCKS
from django_jwtkit.management.reports.key_list import describe_event, describe_key, event_lines, key_lines


class Command(base.Command):
    """Times are UTC."""

    requires_system_checks = ()  # it only reads, and may be needed to find out what is wrong
    help = "Lists all keys with their states and dates, and charts their lives; --events: their history."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--ring", help="Only this ring.")
        parser.add_argument("--events", action="store_true", help="The history of the keys instead.")

    def report(self, *, ring: str | None, events: bool, **_: Any) -> Report:
        rows, now, width = _rows(ring), keys.now(), terminal_width()
        standings = list(standings_of(rows, now).values())
        data: dict[str, object] = {"keys": [describe_key(each, now) for each in standings]}
        if events:
            history = _history(rows[0].ring_id if ring and rows else ring)
            data["events"] = [describe_event(event) for event in history]
            return Report(lines=list(event_lines(history, width=width)), data=data)
        ink = BLOCKS if self.can_show("".join(BLOCKS)) else ASCII
        return Report(lines=list(key_lines(standings, now, width=width, ink=ink)), data=data)


def _rows(ring: str | None) -> list[StoredKey]:
    if ring is not None and not stored_keys().filter(ring_id=ring).exists():
        keys.policy(ring)  # raises UnknownRing for a ring that is neither stored nor in the settings
    rows = stored_keys().filter(ring_id=ring) if ring is not None else stored_keys()
    return list(rows.order_by("ring_id", "published_at", "pk"))


def _history(ring: str | None) -> list[KeyEvent]:
    events = KeyEvent.objects.using(stored_keys().db)
    return list((events.filter(ring_id=ring) if ring is not None else events).order_by("at", "pk"))
