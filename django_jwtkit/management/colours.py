"""Colour for the words of a report that matter most. Nothing is told by colour alone."""

import os
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from django.core.management.color import Style

# A style of Django's, and the words that get it. States and results are in capitals in our reports.
WORDS: Final[Mapping[str, re.Pattern[str]]] = {
    "ERROR": re.compile(
        r"\b(?:REVOKED|WRONG|CAN'T [A-Z]+|cannot (?:sign|verify|encrypt|decrypt))\b"
        r"|^Verdict: +(?! |Accepted).+"
    ),
    "SUCCESS": re.compile(r"^Verdict: +Accepted.*|^All is in order\."),
}


def emphasize(line: str, style: Style) -> str:
    """Return `line` with colours, where `style` has any."""
    for name, words in WORDS.items():
        paint: Callable[[str], str] = getattr(style, name)
        line = words.sub(partial(_paint, paint), line)
    return line


def _paint(paint: Callable[[str], str], match: re.Match[str]) -> str:
    return paint(match[0])


def is_spared(options: Mapping[str, Any]) -> bool:
    """Return whether the environment asks for no colour (no-color.org), and no option for some."""
    wishes = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return bool(wishes) and not options.get("force_color")
