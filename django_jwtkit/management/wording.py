"""Times for people and for programs. Both are UTC: hosts and operators live in several zones."""

from datetime import UTC, datetime, timedelta
from typing import Final

UNITS: Final = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the second: 2026-11-23T23:32:42Z."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def when(moment: datetime | None, *, never: str = "-") -> str:
    """For people: 2026-11-23 23:32."""
    return never if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def how_long(duration: timedelta) -> str:
    """The two largest units of `duration`: 1 day 5 minutes; what is less than a thousandth does not count."""
    whole = rest = max(int(duration.total_seconds()), 0)
    parts: list[str] = []
    for size, unit in UNITS:
        count, rest = divmod(rest, size)
        if count and (not parts or 1000 * count * size >= whole):
            parts.append(plural(count, unit))
    return " ".join(parts[:2]) or "less than a second"


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def listed(names: list[str]) -> str:
    """a, b and c."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
