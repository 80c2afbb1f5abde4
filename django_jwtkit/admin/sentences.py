"""Messages of the rooms below, in the reader's language, with times in the reader's zone."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html, format_html_join, strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, gettext_noop, ngettext_lazy
from django.utils.translation import gettext as _

from django_jwtkit.keys import KeyEvent
from django_jwtkit.keys.store import message_of
from django_jwtkit.wording import Code, Command, Count, KeyName, Message, Number, Reason, escape

from .badges import literal, short_id
from .dates import exact, how_long

VALUE: Final = re.compile(r"\{.*?\}")
FORMAT: Final = "%Y-%m-%d %H:%M UTC"
TIME: Final = re.compile(r"(\b[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} UTC\b)")

SAMPLE: Final = gettext_noop("Keys and tokens")  # a text that each translation has

NOUNS: Final[Mapping[str, Promise]] = {
    "user": ngettext_lazy("%d user", "%d users"),
    "session": ngettext_lazy("%d session", "%d sessions"),
    "key": ngettext_lazy("%d key", "%d keys"),
    "ring": ngettext_lazy("%d ring", "%d rings"),
    "new key": ngettext_lazy("%d new key", "%d new keys"),
}
SOURCES: Final[Mapping[str, Promise]] = {
    "command": gettext_lazy("command"),
    "admin": gettext_lazy("admin"),
    "migration": gettext_lazy("migration"),
    "code": gettext_lazy("code"),
}


def name_source(source: str) -> str:
    """Return where a change came from, for people; a word that we do not know stays as it is."""
    return str(SOURCES.get(source, escape(source)))


def sentence(message: str) -> SafeString:
    """Return `message` for a page: translated, its values escaped, the whole kid of a key in its title.

    English in a page of another language is marked as that: a screen reader reads it so.
    """
    if not message:
        return SafeString()
    if isinstance(message, Code):
        return literal(message)
    message = message if isinstance(message, Message) else Message(message)
    text, values = _(message.text), {name: _write(value) for name, value in message.values.items()}
    is_english = text == message.text and any(map(str.isalpha, VALUE.sub("", text)))
    for name, value in values.items():
        if _has_full_stop(value):  # "noon." but "2 p.m."
            text = text.replace(f"{{{name}}}.", f"{{{name}}}")
    words = format_html(text, **values) if values else conditional_escape(text)
    return english(words) if is_english else words


def name_reason(text: str) -> str:
    """Return why something was done: words of ours translated, what a person wrote as it is.

    Characters that reverse or break the text around them are escaped, as in a log and on a terminal.
    """
    ours, colon, theirs = text.partition(": ")
    return escape(f"{_(ours)}{colon}{theirs}" if ours else text)


def is_translated() -> bool:
    """Return whether there is a translation of ours for the reader; otherwise our words are English."""
    return (get_language() or "en").startswith("en") or _(SAMPLE) != SAMPLE


def english(words: str) -> SafeString:
    """Return `words`, which are English in every language."""
    if (get_language() or "en").startswith("en"):
        return conditional_escape(words)
    return format_html('<bdi lang="en">{}</bdi>', words)


def history(event: KeyEvent) -> SafeString:
    """Return the sentence of `event`; one without facts in English, with its times in the reader's zone."""
    message = message_of(event)
    return english(_stored(escape(event.detail))) if message is None else sentence(message)


def _has_full_stop(written: object) -> bool:
    return strip_tags(str(written)).endswith(".")


def _stored(text: str) -> SafeString:
    parts = [_local(part) for part in TIME.split(text)]
    pairs = zip(["", *parts], parts, strict=False)
    words = (part[1:] if _has_full_stop(last) and part.startswith(".") else part for last, part in pairs)
    return format_html_join("", "{}", ((word,) for word in words))


def _local(part: str) -> str:
    """Return a part of a sentence; one that is a time, as the reader's."""
    if not TIME.fullmatch(part):
        return part
    try:
        return exact(datetime.strptime(part, FORMAT).replace(tzinfo=UTC))
    except ValueError:  # someone has written a day that there is not
        return part


def _command(command: Command) -> SafeString:
    return format_html('<code dir="ltr" data-copy="">{}</code>', command)


def _count(count: Count) -> str:
    return str(NOUNS[count.noun] % count.number)


WRITERS: Final[tuple[tuple[type, Callable[[Any], object]], ...]] = (
    (datetime, exact),
    (timedelta, how_long),
    (KeyName, short_id),
    (Code, literal),
    (Command, _command),
    (Number, lambda number: number_format(int(number), force_grouping=True)),
    (Count, _count),
    (Reason, name_reason),
    (Message, sentence),
    (SafeString, lambda markup: markup),
    (str, escape),
)


def _write(value: object) -> object:
    return next((writer(value) for kind, writer in WRITERS if isinstance(value, kind)), value)
