"""Plurals, hints, and what strangers wrote: nothing else writes them for people."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

SIMILAR: Final = 0.5  # the least ratio of difflib for a hint
LIMIT: Final = 1000  # characters


def plural(count: int, noun: str) -> str:
    """Return `count` with `noun`: 1 key, 2 keys."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def nearest(name: str, choices: Iterable[str], *, most: int = 1) -> list[str]:
    """Return the `choices` that look like `name`, whatever their case, the most similar first."""
    by_folded = {choice.casefold(): choice for choice in choices}
    return [by_folded[folded] for folded in get_close_matches(name.casefold(), by_folded, most, SIMILAR)]


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """Return the hint for a `name` that is not one of `choices`."""
    choices = list(choices)
    near = nearest(name, choices)
    return f"Did you mean {near[0]!r}?" if near else f"Choose one of: {', '.join(choices)}."


def escape(text: object, limit: int = LIMIT) -> str:
    """Return `text` in one line of printable characters, cut to `limit` with "…".

    Use it for text of strangers: a line break would forge a log line, an escape sequence would control the
    terminal, and a bidirectional override would reorder the text that an operator reads.
    """
    parts, size = list[str](), 0
    for character in str(text)[: limit + 1]:
        part = character if character.isprintable() else ascii(character)[1:-1]
        size += len(part)
        if size > limit:
            return "".join(parts) + "…"
        parts.append(part)
    return "".join(parts)
