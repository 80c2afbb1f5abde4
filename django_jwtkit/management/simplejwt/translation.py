"""`SIMPLE_JWT` as `JWTKIT`: each setting's line of source, or the reason why there is none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, cast

from django_jwtkit.conf import SETTINGS, SIMPLEJWT_SETTINGS
from django_jwtkit.wording import literal

DAY: Final = timedelta(days=1)
SESSION_LIFETIME: Final = cast("timedelta", SETTINGS["SESSION_LIFETIME"].default)
DEFAULTS: Final[Mapping[str, object]] = {
    "REFRESH_TOKEN_LIFETIME": DAY,
    "ROTATE_REFRESH_TOKENS": False,
}
"""simplejwt's defaults where ours differ: without a line, clients would notice the switch."""


@dataclass(frozen=True, slots=True)
class Translation:
    """`lines` are those of the dict `JWTKIT`, as source by setting; `dropped` the others, with reasons."""

    lines: Mapping[str, str]
    dropped: Mapping[str, str]

    def source(self) -> list[str]:
        """Return the lines to paste into the settings module."""
        return ["JWTKIT = {", *(f'    "{name}": {text},' for name, text in self.lines.items()), "}"]


def translate(old: Mapping[str, object], until: datetime) -> Translation:
    """Return what the settings `old` become; `until` is when the last old token has expired."""
    lines: dict[str, str] = {}
    dropped: dict[str, str] = {}
    for name, value in {**DEFAULTS, **old}.items():
        replacement = SIMPLEJWT_SETTINGS.get(name)
        if replacement is None:
            dropped[name] = "It is not a setting of simplejwt."
        elif name not in _WRITERS:
            dropped[name] = replacement.note
        elif (text := _WRITERS[name](value)) is not None:
            lines[replacement.ours] = text
    idle = {**DEFAULTS, **old}["REFRESH_TOKEN_LIFETIME"]
    if isinstance(idle, timedelta) and idle > SESSION_LIFETIME:
        lines["SESSION_LIFETIME"] = literal(idle)
    lines["ACCEPT_SIMPLEJWT"] = f'{{"UNTIL": {_moment(until)}}}'
    return Translation(lines, dropped)


def refresh_lifetime(old: Mapping[str, object]) -> timedelta:
    """Return how long a refresh token of simplejwt lives."""
    value = old.get("REFRESH_TOKEN_LIFETIME", DAY)
    return value if isinstance(value, timedelta) else DAY


def end_of_day(moment: datetime) -> datetime:
    """Return the midnight after `moment` and one day more: a rolling deployment takes its time too."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + 2 * DAY


def _span(value: object) -> str:
    return literal(value) if isinstance(value, timedelta) else repr(value)


def _leeway(value: object) -> str | None:
    span = timedelta(seconds=value) if isinstance(value, int | float) else value
    return _span(span) if span else None


def _flag(value: object) -> str | None:
    return "True" if value else None


def _rotation(value: object) -> str | None:
    return None if value else "False"


def _schemes(value: object) -> str | None:
    schemes = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list | tuple) else ()
    return None if schemes == ("Bearer",) else repr(schemes)


def _id_field(value: object) -> str | None:
    return None if value in ("id", "pk") else repr(value)


def _text(value: object) -> str | None:
    return None if value is None else repr(value)


def _moment(value: datetime) -> str:
    return f"datetime({value.year}, {value.month}, {value.day}, tzinfo=UTC)"


_WRITERS: Final[Mapping[str, Callable[[object], str | None]]] = {
    "ACCESS_TOKEN_LIFETIME": _span,
    "REFRESH_TOKEN_LIFETIME": _span,
    "ROTATE_REFRESH_TOKENS": _rotation,
    "ALGORITHM": _text,
    "AUDIENCE": _text,
    "ISSUER": _text,
    "LEEWAY": _leeway,
    "AUTH_HEADER_TYPES": _schemes,
    "USER_ID_FIELD": _id_field,
    "CHECK_REVOKE_TOKEN": _flag,
}
"""The settings that go on under a name of ours; each writes its value, or None where ours is the default."""
