"""Text that fits a terminal: lines with a hanging indent, and tables whose rows may take several lines."""

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from django_jwtkit.wording import escape

USUAL_WIDTH: Final = 80  # columns, where there is no terminal to ask
NARROWEST: Final = 40
INDENT: Final = 4  # of the second line of a table's row
GAP: Final = "  "  # between the columns of a table

LABEL: Final = re.compile(r" *(?:[A-Z][a-z]+(?: [a-z]+)?: +)?")
COMMAND: Final = r"\S*manage\.py(?: (?!\S*[,;:).](?:\s|$))\S+)*(?: \S+)?"
RECIPE: Final = r"\S*python -c '[^']*'\S*"
TIME: Final = r"\d{4}-\d\d-\d\d \d\d:\d\d UTC\S*"
ATOM: Final = re.compile(rf"{TIME}|(?:[(`'\"]?python )?{COMMAND}|{RECIPE}|\S+")
"""A word, a time, or a command to paste: no line break may cut it."""


class Verbatim(str):
    """A line that is printed as it is, however long: JSON, a chart, a row of a table."""

    __slots__ = ()


def terminal_width() -> int:
    """Return the width of the terminal, or of what `COLUMNS` says; 80 where there is none."""
    return max(shutil.get_terminal_size((USUAL_WIDTH, 24)).columns, NARROWEST)


def wrap(line: str, width: int, *, offset: int = 0) -> list[str]:
    """Return `line` in lines of at most `width` columns, unless a word or a command is longer.

    Further lines are indented, under the text that follows a label, so that nothing from a row or from a user
    begins a line. The first line has `offset` columns less.
    """
    if isinstance(line, Verbatim) or len(line) + offset <= width:
        return [line]
    label = LABEL.match(line)
    prefix = label[0] if label else ""
    hanging = " " * (len(prefix) if prefix.strip() else len(prefix) + 2)
    lines, current, is_empty = [], " " * offset + prefix, True
    for atom in ATOM.findall(line[len(prefix) :]):
        if not is_empty and len(current) + 1 + len(atom) > width:
            lines.append(current)
            current, is_empty = hanging, True
        current, is_empty = f"{current}{'' if is_empty else ' '}{atom}", False
    lines.append(current)
    return [lines[0][offset:], *lines[1:]]


def table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], *, second_line: int, width: int
) -> Iterator[Verbatim]:
    """Yield `rows` under `headings`, a line for each row if it fits into `width` columns.

    Otherwise the columns from `second_line` on stand in a second line, indented. If that is one column, its
    text may take further lines.
    """
    cells = [headings, *([escape(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    fits = sum(widths) + len(GAP) * (len(widths) - 1) <= width
    for row in cells:
        line = [cell.ljust(size) for cell, size in zip(row, widths, strict=True)]
        if fits:
            yield Verbatim(GAP.join(line).rstrip())
            continue
        yield Verbatim(GAP.join(line[:second_line]).rstrip())
        below = " " * INDENT + GAP.join(line[second_line:]).rstrip()
        yield from map(Verbatim, wrap(below, width) if len(line) == second_line + 1 else [below])
