"""Settings on a command line: `ROTATE_EVERY=30d`, for a look at what they would do."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from django_jwtkit.conf import Settings, conf, find_problems

UNITS: Final = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
PART: Final = re.compile(r"(\d+(?:\.\d+)?)([dhms])", re.ASCII)


def with_changes(assignments: Sequence[str]) -> Settings:
    """The project's settings, with `assignments` (NAME=VALUE) instead. Raises `ValueError` with the mend."""
    changes = dict(map(_read, assignments))
    if faults := find_problems(changes):
        raise ValueError(" ".join(f"{fault.message}. {fault.hint}" for fault in faults))
    return replace(conf(), **changes)


def _read(assignment: str) -> tuple[str, Any]:
    name, equals, text = assignment.partition("=")
    if not equals:
        raise ValueError(f"{assignment!r} sets nothing: write NAME=VALUE, as ROTATE_EVERY=30d.")
    reader = READERS.get(type(getattr(conf(), name, "")))
    if reader is None:
        raise ValueError(f"{name} can't be given here: change it in settings.py and try again.")
    return name, reader(text)


def span(text: str) -> timedelta:
    """A duration: 90d, 36h, 1d12h, 300s. Raises `ValueError` with the mend."""
    if not text or PART.sub("", text):
        raise ValueError(f"{text!r} is no duration: write 90d, 36h, 5m, 300s or 1d12h.")
    try:
        return sum((timedelta(**{UNITS[unit]: float(n)}) for n, unit in PART.findall(text)), timedelta(0))
    except OverflowError as error:
        raise ValueError(f"{text!r} is too long: write 90d, 36h, 5m, 300s or 1d12h.") from error


READERS: Final[Mapping[type, Callable[[str], object]]] = {timedelta: span, str: str}
"""By the type of the setting; what an unknown one would be is for `problems` to say."""
