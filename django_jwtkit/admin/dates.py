"""Times and durations as the admin writes them: in the time zone of the project, in words that translate."""

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from django_jwtkit.moments import aware

NOTHING: Final = "–"
NEAR: Final = timedelta(days=2)

# A unit is used from two of it upwards: "41 days", but "36 hours".
UNITS: Final = (
    (timedelta(days=1), ngettext_lazy("%d day", "%d days")),
    (timedelta(hours=1), ngettext_lazy("%d hour", "%d hours")),
    (timedelta(minutes=1), ngettext_lazy("%d minute", "%d minutes")),
)


def span(duration: timedelta) -> str:
    """Return `duration` in its largest fitting unit, rounded down; under a minute, just that."""
    for unit, words in UNITS:
        if duration >= 2 * unit or (duration >= unit and unit is UNITS[-1][0]):
            count = duration // unit
            return str(words % count)
    return _("less than a minute")


def date(moment: datetime | None, now: datetime) -> str:
    """Return `moment` for a cell, with the time of day when it is near, and exact in its title."""
    if moment is None:
        return NOTHING
    local = timezone.localtime(aware(moment))
    words = _("in %(time)s") if local > now else _("%(time)s ago")
    exact = f"{local:%Y-%m-%d %H:%M:%S %Z} ({words % {'time': span(abs(local - now))}})"
    text = date_format(local, "j M Y" if abs(local - now) > NEAR else "j M, H:i")
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), exact, text)
