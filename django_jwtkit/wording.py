"""Times, durations, plurals and hints for people: nothing else writes them. Every time is in UTC and says so.

Hosts, operators and databases may be in several time zones. A naive datetime is taken for the local time of
this process.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Final

UNITS: Final = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
SIMILAR: Final = 0.5  # the least ratio of difflib for a hint
LIMIT: Final = 1000  # characters
READ_ONLY: Final = ("read-only", "readonly", "read only")  # PostgreSQL, MariaDB; SQLite; MySQL


def iso(moment: datetime | None) -> str | None:
    """Return `moment` in ISO 8601, to the second: 2026-11-23T23:32:42Z."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def when(moment: datetime | None, *, never: str = "-") -> str:
    """Return `moment` for people: 2026-11-23 23:32 UTC."""
    return never if moment is None else f"{minute(moment)} UTC"


def minute(moment: datetime | None) -> str:
    """Return `moment` for a column whose heading says UTC: 2026-11-23 23:32."""
    return "-" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def day(moment: datetime) -> str:
    """Return the day of `moment`, which begins and ends at midnight UTC: 2026-11-23."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d")


def how_long(duration: timedelta) -> str:
    """Return the two largest units of `duration`, without parts below a thousandth: 1 day 5 minutes."""
    total = rest = max(int(duration.total_seconds()), 0)
    parts: list[str] = []
    for size, unit in UNITS:
        count, rest = divmod(rest, size)
        if count and (not parts or 1000 * count * size >= total):
            parts.append(plural(count, unit))
    return " ".join(parts[:2]) or "less than a second"


def literal(duration: timedelta) -> str:
    """Return `duration` as it is written in the settings: timedelta(days=1, minutes=7)."""
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = {
        "days": duration.days,
        "hours": hours,
        "minutes": minutes,
        "seconds": seconds,
        "microseconds": duration.microseconds,
    }
    return f"timedelta({', '.join(f'{unit}={count}' for unit, count in parts.items() if count) or '0'})"


def plural(count: int, noun: str) -> str:
    """Return `count` with `noun`: 1 key, 2 keys."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def nearest(name: str, choices: Iterable[str], *, most: int = 1) -> list[str]:
    """Return the `choices` that look like `name`, whatever their case, the most similar first."""
    by_folded = {choice.casefold(): choice for choice in choices}
    return [by_folded[folded] for folded in get_close_matches(name.casefold(), by_folded, most, SIMILAR)]


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """Return the hint for a `name` that is not one of `choices`."""
    choices = list(choices)
    near = nearest(name, choices)
    return f"Did you mean {near[0]!r}?" if near else f"Choose one of: {', '.join(choices)}."


def escape(text: object, limit: int = LIMIT) -> str:
    """Return `text` in one line of printable characters, cut to `limit` with "…".

    Use it for text of strangers: a line break would forge a log line, an escape sequence would control the
    terminal, and a bidirectional override would reorder the text that an operator reads.
    """
    parts, size = list[str](), 0
    for character in str(text)[: limit + 1]:
        part = character if character.isprintable() else ascii(character)[1:-1]
        size += len(part)
        if size > limit:
            return "".join(parts) + "…"
        parts.append(part)
    return "".join(parts)


def database_fault(error: Exception) -> str:
    """Return the meaning of an error of the database for an operator, with the remedy."""
    if any(words in str(error).lower() for words in READ_ONLY):
        return "the database is read-only: use the primary server, or end its maintenance"
    return "the database does not answer, or lacks our tables. If it is new, run: python manage.py migrate"
