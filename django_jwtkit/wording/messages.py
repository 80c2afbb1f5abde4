"""Sentences for people, with their values apart: each face writes times and names in its own way.

The text is in English, with a place in braces for each value. It is also the name under which a translation
is looked up, so the code that has one marks it: with Django's `gettext_noop`, or with `message` as `_`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, Self

from .texts import plural
from .times import how_long, when

SHORT: Final = 12


class Count(NamedTuple):
    """A number of things: 1 user, 2 users."""

    number: int
    noun: str

    def __str__(self) -> str:
        return plural(self.number, self.noun)


class Number(int):
    """A large number, which is written in groups of digits: 1,234."""

    def __str__(self) -> str:
        return f"{int(self):,}"


class Code(str):
    """A name, a command or a value that is written as it is in every language."""

    __slots__ = ()


class Command(str):
    """A command to paste into a terminal."""

    __slots__ = ()


class Reason(str):
    """Why something was done: in words of ours, which a page translates, or as a person has written it."""

    __slots__ = ()


class KeyName(str):
    """The kid of a key, of which people read the beginning."""

    __slots__ = ()

    @property
    def short(self) -> str:
        """The beginning, which is enough for people; commands accept it."""
        return self[:SHORT]


class Message(str):
    """A sentence as a terminal, a log and the history have it: in English, with times in UTC.

    A page writes its `text` and its `values` anew, in the language and the time zone of its reader.
    """

    __slots__ = ("text", "values")
    text: str
    values: Mapping[str, object]

    def __new__(cls, text: str, values: Mapping[str, object] | None = None) -> Self:
        self = super().__new__(cls, _fill(text, values) if values else text)
        self.text, self.values = text, values or {}
        return self

    def __getnewargs__(self) -> tuple[str, Mapping[str, object]]:  # type: ignore[override] # what `__new__` takes
        return self.text, self.values


def words_of(error: Exception) -> "Message":
    """Return what `error` says; its traceback, which holds the values of whole frames, stays behind."""
    sentences = [each for each in error.args if isinstance(each, Message)]
    if len(sentences) > 1:
        return join(*sentences)
    return sentences[0] if sentences else Message(str(error).strip())


def join(*sentences: str) -> "Message":
    """Return `sentences` one after another."""
    values = {f"s{number}": sentence for number, sentence in enumerate(sentences)}
    return Message(" ".join(f"{{{name}}}" for name in values), values)


def message(text: str, /, **values: object) -> Message:
    """Return the sentence `text` with `values`. Import it as `_`, so that `makemessages` finds the text."""
    return Message(text, values)


def pair(first: str, second: str) -> Message:
    """Return `first` and `second` with a colon between them."""
    return message("{first}: {second}", first=first, second=second)


def _fill(text: str, values: Mapping[str, object]) -> str:
    written = {name: _write(value) for name, value in values.items()}
    for name, value in written.items():
        if value.endswith("."):  # two full stops would follow one another
            text = text.replace(f"{{{name}}}.", f"{{{name}}}")
    return text.format(**written)


WRITERS: Final[tuple[tuple[type, Callable[[Any], str]], ...]] = (
    (datetime, when),
    (timedelta, how_long),
    (KeyName, lambda name: name.short),
)


def _write(value: object) -> str:
    return next((writer(value) for kind, writer in WRITERS if isinstance(value, kind)), str(value))
