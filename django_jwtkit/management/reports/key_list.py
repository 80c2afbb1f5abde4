"""Every key with its state and dates, and the history of keys."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from django_jwtkit.health import Standing
from django_jwtkit.keys import KeyEvent, State
from django_jwtkit.keys.planning import short
from django_jwtkit.keys.snapshots import name_inability
from django_jwtkit.keys.store import values_of
from django_jwtkit.management.layout import Verbatim, table
from django_jwtkit.wording import iso, minute

from .chart import BLOCKS, Ink, timeline

DATES: Final = ("PUBLISHED (UTC)", "SIGNS FROM (UTC)", "SIGNS UNTIL (UTC)", "VERIFIES UNTIL (UTC)")
HEADINGS: Final = ("KID", "RING", "ALGORITHM", "STATE", *DATES)
FIRST_DATE: Final = len(HEADINGS) - len(DATES)
EVENT_HEADINGS: Final = ("WHEN (UTC)", "ACTION", "KID", "WHO", "SOURCE", "DETAIL")
EVENT_FIELDS: Final = ("kid", "action", "who", "source", "detail")
PROBLEM: Final = "These keys cannot be used; all others can. For the remedy, run:"
CHECK: Final = "  python manage.py check --database default"
SOME_KEYS: Final = (
    "The beginning of a kid is enough: python manage.py revoke_key KID --reason leaked --dry-run"
)
NO_KEYS: Final = "There are no keys yet. To make them, run: python manage.py rotate_keys"


def key_lines(keys: Sequence[Standing], now: datetime, *, width: int, ink: Ink = BLOCKS) -> Iterator[str]:
    """Yield the table of `keys`, the faults, the chart of their lives, and a command that comes next."""
    cells, faults = (_cells(each, now) for each in keys), [each.fault for each in keys if each.fault]
    yield from table(HEADINGS, cells, second_line=FIRST_DATE, width=width)
    if faults:
        yield from ("", PROBLEM, CHECK, *(f"  {fault}" for fault in faults))
    lives = (each.acting(now) for each in keys)
    trusted = [life for life in lives if life.state(now) is not State.EXPIRED]
    if chart := timeline(trusted, now, width=width, ink=ink):
        yield from ("", *map(Verbatim, chart))
    yield from ("", SOME_KEYS if keys else NO_KEYS)


def describe_key(each: Standing, now: datetime) -> dict[str, object]:
    """Return a key for programs, with the dates in its row. Nothing private belongs here."""
    row = each.row
    begin, end = row.life.signs or (None, None)
    return {
        "kid": row.kid,
        "ring": row.ring_id,
        "algorithm": row.alg,
        "use": row.use,
        "state": str(each.state(now)),
        "signs": each.signs and not each.fault,
        "verifies": each.verifies,
        "published_at": iso(row.published_at),
        "sign_from": iso(begin),
        "sign_until": iso(end),
        "verify_until": iso(row.trusted_until),
        "max_lifetime": row.max_lifetime.total_seconds(),
        "revoked_at": iso(row.revoked_at),
        "reason": row.reason,
        "fault": each.fault or None,
    }


def _cells(each: Standing, now: datetime) -> tuple[str, ...]:
    """Return the key for people: a fault is part of its state, and a revocation ends all its dates."""
    row = each.row
    dates = (row.published_at, *(row.life.signs or (None, None)), row.trusted_until)
    return (short(row.kid), row.ring_id, row.alg, _state(each, now), *map(minute, dates))


def _state(each: Standing, now: datetime) -> str:
    """Return the state with what a fault makes of it; nothing that a stranger wrote is taken for one."""
    state = each.state(now)
    if each.key.tampered:
        return "NOT TRUSTED"
    if each.key.denied and each.fault:
        return f"{state}, denied"
    if each.fault:
        return f"{state}, {name_inability(state, each.row.use)}"
    if each.is_standing_in(now):
        return f"{state}, for {short(each.instead_of)}" if each.instead_of else f"{state}, before its turn"
    return str(state)


def event_lines(events: Iterable[KeyEvent], *, width: int) -> Iterator[str]:
    return table(EVENT_HEADINGS, map(_event_cells, events), second_line=len(EVENT_HEADINGS) - 1, width=width)


def _event_cells(event: KeyEvent) -> tuple[str, ...]:
    return (minute(event.at), event.action, short(event.kid), event.who, event.source, event.detail)


def describe_event(event: KeyEvent) -> dict[str, object]:
    """Return an event for programs; `from` and `to` are the turn that the key has since."""
    fields = {name: getattr(event, name) for name in EVENT_FIELDS}
    values = values_of(event)
    turn = {"from": iso(values.get("start")), "to": iso(values.get("end"))}
    return {"at": iso(event.at), "ring": event.ring_id, **fields, **turn, "reason": values.get("reason")}
