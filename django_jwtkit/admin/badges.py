"""Labels and shortened identifiers. No page relies on colour alone."""

from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from django_jwtkit.wording import escape

SHORT: Final = 12


def badge(css: str, words: object) -> SafeString:
    """Return a coloured label. The words carry the meaning; the colour only helps the eye."""
    return format_html('<span class="jwtkit-badge jwtkit-{}">{}</span>', css.lower(), words)


def labelled(words: object, value: object) -> SafeString:
    """Return `value` after a label that is seen only where a row is a card, without heads."""
    return format_html('<span class="jwtkit-label">{}: </span>{}', capfirst(str(words)), value)


def shorten(text: str) -> str:
    """Return the beginning of `text`, with "…" where it goes on."""
    return text if len(text) <= SHORT else text[:SHORT] + "…"


def short_id(text: str) -> SafeString:
    """Return the beginning of an identifier, with all of it in the title, in every language left to right."""
    text = escape(text)
    return format_html('<code dir="ltr" title="{}">{}</code>', text, shorten(text))


def literal(text: str) -> SafeString:
    """Return a name, a value or the like, which is the same in every language, left to right."""
    return format_html('<code dir="ltr" class="jwtkit-id">{}</code>', escape(text))


def whole_id(text: str) -> SafeString:
    """Return an identifier that may break anywhere, in every language left to right."""
    return format_html('<code dir="ltr" class="jwtkit-id" data-copy="">{}</code>', escape(text))
