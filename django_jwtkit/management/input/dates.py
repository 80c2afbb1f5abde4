"""The `--until` of a command: a day or a time, UTC where it names no zone."""

from datetime import UTC, datetime, time

from django.utils.dateparse import parse_date, parse_datetime

from django_jwtkit.management.failures import usage
from django_jwtkit.moments import aware


def parse_end(text: str, now: datetime, command: str) -> datetime:
    """Return the moment that `text` names; a day ends at midnight UTC. Raises a usage error."""
    moment = _parse(text)
    if moment is None:
        raise usage(f"--until {text!r} is not a date: write 2027-01-31 or 2027-01-31T12:00Z.", command)
    if moment <= now:
        raise usage(f"--until {text} is in the past: the key would verify nothing.", command)
    return moment


def _parse(text: str) -> datetime | None:
    try:
        day, moment = parse_date(text), parse_datetime(text)
        if day is not None:
            return datetime.combine(day, time.max, UTC)
        return moment and aware(moment.replace(tzinfo=moment.tzinfo or UTC))
    except ValueError:  # well formed, but no such day, or none in UTC
        return None
