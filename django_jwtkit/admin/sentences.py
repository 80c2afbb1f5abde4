"""Messages of the rooms below, in the reader's language, with times in the reader's zone."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from django_jwtkit.keys import KeyEvent
from django_jwtkit.keys.store import message_of
from django_jwtkit.wording import Count, KeyName, Message

from .badges import short_id
from .dates import exact, how_long

FULL_STOPS: Final = (".", ".</time>")
FORMAT: Final = "%Y-%m-%d %H:%M UTC"
TIME: Final = re.compile(r"(\b[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} UTC\b)")

NOUNS: Final[Mapping[str, Promise]] = {
    "user": ngettext_lazy("%d user", "%d users"),
    "session": ngettext_lazy("%d session", "%d sessions"),
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
    return str(SOURCES.get(source, source))


def sentence(message: Message) -> SafeString:
    """Return `message` for a page: translated, its values escaped, the whole kid of a key in its title."""
    text, values = _(message.text), {name: _write(value) for name, value in message.values.items()}
    for name, value in values.items():
        if str(value).endswith(FULL_STOPS):  # "noon." but "2 p.m."
            text = text.replace(f"{{{name}}}.", f"{{{name}}}")
    return format_html(text, **values) if values else conditional_escape(text)


def history(event: KeyEvent) -> SafeString:
    """Return the sentence of `event`; one without facts in English, with its times in the reader's zone."""
    message = message_of(event)
    return _stored(event.detail) if message is None else sentence(message)


def _stored(text: str) -> SafeString:
    parts = [_local(part) for part in TIME.split(text)]
    pairs = zip(["", *parts], parts, strict=False)
    words = (
        part[1:] if str(last).endswith(FULL_STOPS) and part.startswith(".") else part for last, part in pairs
    )
    return format_html_join("", "{}", ((word,) for word in words))


def _local(part: str) -> str:
    """Return a part of a sentence; one that is a time, as the reader's."""
    if not TIME.fullmatch(part):
        return part
    try:
        return exact(datetime.strptime(part, FORMAT).replace(tzinfo=UTC))
    except ValueError:  # someone has written a day that there is not
        return part


def _count(count: Count) -> str:
    return str(NOUNS[count.noun] % count.number)


WRITERS: Final[tuple[tuple[type, Callable[[Any], object]], ...]] = (
    (datetime, exact),
    (timedelta, how_long),
    (KeyName, short_id),
    (Count, _count),
    (Message, sentence),
)


def _write(value: object) -> object:
    return next((writer(value) for kind, writer in WRITERS if isinstance(value, kind)), value)
