"""Times and durations as the admin writes them: in the time zone of the reader, in words that translate."""

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from django_jwtkit import moments

NOTHING: Final = "–"
NEAR: Final = timedelta(days=2)

# A unit is used from two of it upwards: "41 days", but "36 hours".
UNITS: Final = (
    (timedelta(days=1), ngettext_lazy("%d day", "%d days")),
    (timedelta(hours=1), ngettext_lazy("%d hour", "%d hours")),
    (timedelta(minutes=1), ngettext_lazy("%d minute", "%d minutes")),
)
SECONDS: Final = ngettext_lazy("%d second", "%d seconds")


def span(duration: timedelta) -> str:
    """Return `duration` in its largest fitting unit, rounded down; under a minute, just that."""
    for unit, words in UNITS:
        if duration >= 2 * unit or (duration >= unit and unit is UNITS[-1][0]):
            count = duration // unit
            return str(words % count)
    return _("less than a minute")


def how_long(duration: timedelta) -> str:
    """Return `duration` in its two largest units, without parts below a thousandth: "1 day 5 minutes"."""
    total = rest = max(duration, timedelta(0))
    parts: list[str] = []
    for unit, words in (*UNITS, (timedelta(seconds=1), SECONDS)):
        count, rest = divmod(rest, unit)
        if count and (not parts or 1000 * count * unit >= total):
            parts.append(str(words % count))
    return " ".join(parts[:2]) or _("less than a second")


def date(moment: datetime | None, now: datetime) -> str:
    """Return `moment` for a cell, with the time of day when it is near, and exact in its title."""
    is_near = moment is not None and abs(moments.aware(moment) - now) <= NEAR
    return _date(moment, now, "DATETIME_FORMAT" if is_near else "DATE_FORMAT")


def date_and_time(moment: datetime | None, now: datetime) -> str:
    """Return `moment` for the page of one thing, which has room for the time of day."""
    return _date(moment, now, "DATETIME_FORMAT")


def _date(moment: datetime | None, now: datetime, form: str) -> str:
    if moment is None:
        return NOTHING
    local = moments.local(moment)
    words = _("in %(time)s") if local > now else _("%(time)s ago")
    title = f"{local:%Y-%m-%d %H:%M:%S %Z} ({words % {'time': span(abs(local - now))}})"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', local.isoformat(), title, date_format(local, form)
    )


def day(moment: datetime) -> SafeString:
    """Return the day of `moment`, for a row that must stay short; its time of day is in the title."""
    local = moments.local(moment)
    values = (local.isoformat(), f"{local:%Y-%m-%d %H:%M:%S %Z}", date_format(local, "DATE_FORMAT"))
    return format_html('<time datetime="{}" title="{}">{}</time>', *values)


def exact(moment: datetime) -> SafeString:
    """Return `moment` for a sentence, with its time of day."""
    local = moments.local(moment)
    values = (local.isoformat(), f"{local:%Y-%m-%d %H:%M:%S %Z}", date_format(local, "DATETIME_FORMAT"))
    return format_html('<time datetime="{}" title="{}">{}</time>', *values)


def plain(moment: datetime | None) -> str:
    """Return `moment` where no markup may stand, such as a title."""
    return NOTHING if moment is None else date_format(moments.local(moment), "DATETIME_FORMAT")


def zone() -> str:
    """Return the name of the zone in which the times of a page are, which the page says once."""
    return timezone.get_current_timezone_name()
