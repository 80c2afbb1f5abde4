"""Times and durations for people, in UTC. The admin alone writes others, in the zone of its reader.

Hosts, operators and databases may be in several time zones. A naive datetime is taken for the local time of
this process.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from .texts import plural

UNITS: Final = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def moment_of(value: object) -> datetime | None:
    """Return the datetime of a NumericDate that anybody may have written; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def iso(moment: datetime | None) -> str | None:
    """Return `moment` in ISO 8601, to the second: 2026-11-23T23:32:42Z."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_exact(moment: datetime) -> str:
    """Return `moment` in ISO 8601, to the microsecond, to be read again: 2026-11-23T23:32:42.123456+00:00."""
    return moment.astimezone(UTC).isoformat()


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


def about(duration: timedelta) -> str:
    """Return `duration` in its largest unit alone, rounded down: 89 days.

    Days and hours count from two of them upwards, as on the pages of the admin: 47 hours, 90 minutes.
    """
    total = max(int(duration.total_seconds()), 0)
    counts = ((total // size, unit) for size, unit in UNITS)
    least = {"day": 2, "hour": 2}
    words = (plural(count, unit) for count, unit in counts if count >= least.get(unit, 1))
    return next(words, "less than a second")


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
