"""What a page in German has left of its English: texts that it shares with the page in English."""

import errno
import os
import re
from collections.abc import Callable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po
from django.utils import translation

import django_jwtkit
from django_jwtkit.jose import jwa

CODE: Final = frozenset({"script", "style", "code", "pre", "time", "textarea"})
CODE_CLASSES: Final = frozenset(
    {"jwtkit-kid", "jwtkit-ring", "jwtkit-tick-label", "jwtkit-until", "jwtkit-checks"}
)
VOID: Final = frozenset({"br", "hr", "img", "input", "link", "meta"})
ATTRIBUTES: Final = ("aria-label", "title", "placeholder", "alt", "label")
CATALOGUE: Final = Path(django_jwtkit.__file__).parent / "locale/de/LC_MESSAGES/django.po"
VALUE: Final = re.compile(r"%\(\w+\)s|%[sd]|\{.*?\}")
IDS: Final = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|[\w-]{12}…")
WORD: Final = re.compile(r"[^\W\d_]{2,}")
# Words of both languages, names, what people typed, and what the operating system says.
SAME: Final = frozenset(
    {
        "Admin",
        "Filter",
        "JSON Web Tokens",
        "JWK",
        "JWKS",
        "Name",
        "PEM",
        "Plan",
        "Ring",
        "Token",
        "Tokens",
        "UTC",
    }
    | {"access", "aud", "alg", "enc", "encryption", "exp", "iss", "kid", "kinds", "refresh", "typ"}
    | {"admin", "alice", "all", "root", "test", os.strerror(errno.ENOENT), *jwa.FITS}
    | {"Search"}  # of Django's own template
)


class _Texts(HTMLParser):
    """The texts of a page, with the attributes that people read; `marked` are those that it calls English."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self.marked: set[str] = set()
        self._open: list[tuple[str, bool, bool]] = []  # a tag, whether it is code, and whether English
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        code, english = any(each[1] for each in self._open), any(each[2] for each in self._open)
        code = code or tag in CODE or not CODE_CLASSES.isdisjoint(about.get("class", "").split())
        english = english or (tag != "html" and about.get("lang") == "en")
        if not code:
            values = [about[name] for name in ATTRIBUTES if name in about]
            labels = [about["value"]] if about.get("type") == "submit" and "value" in about else []
            (self.marked if english else self.texts).update(_clean(text) for text in (*values, *labels))
        if tag not in VOID:
            self._open.append((tag, code, english))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if any(code for _, code, _ in self._open):
            return
        is_english = any(english for _, _, english in self._open)
        (self.marked if is_english else self.texts).add(_clean(data))


def _clean(text: str) -> str:
    return " ".join(text.split())


def english_left(fetch: Callable[[], str]) -> Iterator[str]:
    """Yield the English on the page that `fetch` returns, when its reader's language is German.

    Each text that the page has in both languages, with a part of a sentence of ours, or marked as English.
    """
    with translation.override("en"):
        english = _Texts(fetch())
    with translation.override("de"):
        german = _Texts(fetch())
    assert english.texts - german.texts, "there is no page in English to compare with"
    assert german.texts - english.texts, "the page is not in German at all"
    shared = {text for text in german.texts & english.texts if WORD.search(IDS.sub("", text))}
    partly = {text for text in german.texts if any(part in text for part in parts_of_english())}
    yield from sorted(text for text in shared | partly | german.marked if text.strip(" :·,…()") not in SAME)


@cache
def parts_of_english() -> frozenset[str]:
    """Return the texts of the catalogue, and what stands around their values, from two words on.

    Without those that are a part of the German, too.
    """
    with CATALOGUE.open("rb") as file:
        messages = [message for message in read_po(file, locale="de") if message.id]
    english = {text for message in messages for text in _as_tuple(message.id)}
    german = "\n".join(text for message in messages for text in _as_tuple(message.string))
    parts = {_clean(part) for text in english for part in VALUE.split(text)}
    return frozenset(part for part in parts if len(WORD.findall(part)) > 1 and part not in german)


def _as_tuple(texts: object) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else tuple(texts)  # type: ignore[arg-type]
