"""Draw the results as an SVG: a panel for each comparison, ours in another colour.

It has its own background, since a page may be dark where the reader's system is light.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

from bench.rounds import Row

from .markdown import ratio, time

COLUMNS: Final = (  # comparison: heading
    {
        "decode HS256": "Decode and check, HS256",
        "decode RS256": "Decode and check, RS256",
        "decode RS256, the key chosen by its ID": "The same, the key chosen by its ID",
        "decode ES256": "Decode and check, ES256",
        "decode nested ES256 in A256KW+A256GCM": "Decrypt, decode and check, ES256",
    },
    {
        "authenticate() with user, a new token": "authenticate(), user from the database",
        "authenticate() with user, a repeated token": "The same, a token that comes again",
        "authenticate() stateless, a new token": "authenticate(), no database",
        "authenticate() stateless, a repeated token": "The same, a token that comes again",
        "login": "Login",
        "refresh": "Refresh",
    },
)
NAMES: Final = {"Django's authenticate() alone": "Django alone"}
OURS, FLOORS = "django_jwtkit", frozenset({"the bare operation", "Django's authenticate() alone"})
WIDTH, MARGIN = 470, 24
LABEL, BAR, LINE, HEAD, GAP, TOP = 134, 180, 22, 24, 18, 66
STYLE: Final = """
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2933 }
.paper { fill: #ffffff; stroke: #d9dee3 } .title { font-size: 17px; font-weight: 600 }
.head { font-weight: 600 } .note { fill: #52606d } .value { font-variant-numeric: tabular-nums }
.name { text-anchor: end } .ours { font-weight: 600 }
.bar { fill: #a8b3be } .mine { fill: #0b7285 } .floor { fill: none; stroke: #a8b3be; stroke-dasharray: 3 2 }
@media (prefers-color-scheme: dark) {
text { fill: #e4e7eb } .paper { fill: #11181f; stroke: #323f4b } .note { fill: #9aa5b1 }
.bar { fill: #616e7c } .mine { fill: #22b8cf } .floor { stroke: #7b8794 }
}
"""


class Panel(NamedTuple):
    heading: str
    rows: Sequence[Row]

    @property
    def height(self) -> int:
        return HEAD + LINE * len(self.rows) + GAP


def draw(rows: Sequence[Row]) -> str:
    """Draw the comparisons with others, each scaled to its slowest contender."""
    columns = [list(_panels(rows, headings)) for headings in COLUMNS]
    height = TOP + max(sum(panel.height for panel in column) for column in columns)
    parts = [part for place, column in enumerate(columns) for part in _column(column, place)]
    return "\n".join([*_head(len(COLUMNS) * WIDTH, height), *parts, "</svg>"]) + "\n"


def _panels(rows: Sequence[Row], headings: Mapping[str, str]) -> Iterator[Panel]:
    rows_by_title = {title: list(group) for title, group in groupby(rows, key=lambda row: row.comparison)}
    for title, heading in headings.items():
        if title in rows_by_title:
            yield Panel(heading, rows_by_title[title])


def _head(width: int, height: int) -> Iterator[str]:
    about = "Shorter is better. ×: the time divided by ours. Dashed: the operation that all need."
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
    yield ' aria-labelledby="title about"><title id="title">How long a call takes</title>'
    yield f'<desc id="about">{about}</desc><style>{STYLE}</style>'
    yield f'<rect class="paper" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>'
    yield f'<text class="title" x="{MARGIN}" y="30">How long a call takes</text>'
    yield f'<text class="note" x="{MARGIN}" y="50">{about}</text>'


def _column(panels: Sequence[Panel], place: int) -> Iterator[str]:
    x, y = place * WIDTH + MARGIN, TOP
    for panel in panels:
        yield f'<text class="head" x="{x}" y="{y + 16}">{escape(panel.heading)}</text>'
        longest = max(row.microseconds for row in panel.rows)
        for number, row in enumerate(panel.rows):
            yield _bar(row, x, y + HEAD + number * LINE, BAR * row.microseconds / longest)
        y += panel.height


def _bar(row: Row, x: int, y: int, width: float) -> str:
    """Draw a name, its bar, and after it the time and its ratio to ours."""
    kind = "mine" if row.contender == OURS else "floor" if row.contender in FLOORS else "bar"
    weight = " ours" if row.contender == OURS else ""
    times = "" if row.contender == OURS else f'<tspan class="note" dx="8">{ratio(row.ratio)} ×</tspan>'
    name, start, base, width = NAMES.get(row.contender, row.contender), x + LABEL, y + 15, max(width, 3)
    return (
        f'<text class="name{weight}" x="{start - 8}" y="{base}">{escape(name)}</text>'
        f'<rect class="{kind}" x="{start}" y="{y + 3}" width="{width:.1f}" height="16" rx="2"/>'
        f'<text class="value{weight}" x="{start + width + 7:.1f}" y="{base}">'
        f"{time(row.microseconds)}{times}</text>"
    )
