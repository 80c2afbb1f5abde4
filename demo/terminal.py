"""Show the story in a terminal: a tick, a sentence, and the evidence beneath it."""

import os
import sys
from collections.abc import Iterable
from typing import Final

GREEN: Final = "32"
RED: Final = "31"
BOLD: Final = "1"
DIM: Final = "2"


def paint(text: str, style: str) -> str:
    """Return `text` in an ANSI style, or plain without a terminal or with `NO_COLOR` (no-color.org)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty():
        return text
    return f"\033[{style}m{text}\033[0m"


def heading(text: str) -> None:
    say(f"\n{paint(text, BOLD)}\n")


def passed(title: str, evidence: Iterable[str]) -> None:
    say(f"  {paint('✓', GREEN)} {title}")
    for line in evidence:
        say(f"      {paint(line, DIM)}")


def failed(title: str, reason: str) -> None:
    say(f"  {paint('✗', RED)} {paint(title, BOLD)}")
    for line in reason.splitlines():
        say(f"      {line}")


def say(text: str = "") -> None:
    print(text, flush=True)
