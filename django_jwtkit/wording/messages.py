"""Sentences for people, with their values apart: each face writes times and key IDs in its own way.

The text is in English, with a place in braces for each value. It is also the name under which a translation
is looked up, so the code that has one marks it with Django's `gettext_noop`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from .texts import plural
from .times import how_long, when

SHORT: Final = 12


class Count(NamedTuple):
    """A number of things: 1 user, 2 users."""

    number: int
    noun: str

    def __str__(self) -> str:
        return plural(self.number, self.noun)


class KeyName(str):
    """The kid of a key, of which people read the beginning."""

    __slots__ = ()

    @property
    def short(self) -> str:
        """The beginning, which is enough for people; commands accept it."""
        return self[:SHORT]


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence; `str()` writes it for a terminal, a log or the history."""

    text: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text.format(**{name: _write(value) for name, value in self.values.items()})


WRITERS: Final[tuple[tuple[type, Callable[[Any], str]], ...]] = (
    (datetime, when),
    (timedelta, how_long),
    (KeyName, lambda name: name.short),
)


def _write(value: object) -> str:
    return next((writer(value) for kind, writer in WRITERS if isinstance(value, kind)), str(value))
