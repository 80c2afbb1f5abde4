"""Settings on a command line, such as `ROTATE_EVERY=30d`, to see what they would do."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from django_jwtkit.conf import Settings, conf, find_problems

UNITS: Final = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
PART: Final = re.compile(r"(\d+(?:\.\d+)?)([dhms])", re.ASCII)


def override_settings(assignments: Sequence[str]) -> Settings:
    """Return the project's settings with `assignments` (NAME=VALUE). Raises `ValueError` with the remedy."""
    settings = conf()
    changes = dict(_parse(settings, assignment) for assignment in assignments)
    if faults := find_problems(changes):
        raise ValueError(" ".join(f"{fault.message}. {fault.hint}" for fault in faults))
    return replace(settings, **changes)


def _parse(settings: Settings, assignment: str) -> tuple[str, Any]:
    name, equals, text = assignment.partition("=")
    if not equals:
        raise ValueError(f"{assignment!r} must be NAME=VALUE, for instance ROTATE_EVERY=30d.")
    parser = PARSERS.get(type(getattr(settings, name, "")))
    if parser is None:
        raise ValueError(f"{name} cannot be set here: change it in settings.py and try again.")
    return name, parser(text)


def parse_duration(text: str) -> timedelta:
    """Return the duration that `text` names: 90d, 36h, 1d12h, 300s. Raises `ValueError` with the remedy."""
    if not text or PART.sub("", text):
        raise ValueError(f"{text!r} is not a duration: write 90d, 36h, 5m, 300s or 1d12h.")
    try:
        return sum((timedelta(**{UNITS[unit]: float(n)}) for n, unit in PART.findall(text)), timedelta(0))
    except OverflowError as error:
        raise ValueError(f"{text!r} is too long: write 90d, 36h, 5m, 300s or 1d12h.") from error


PARSERS: Final[Mapping[type, Callable[[str], object]]] = {timedelta: parse_duration, str: str}
"""By the type of the setting; `find_problems` reports unknown names."""
