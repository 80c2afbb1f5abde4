"""The same as a picture: an SVG with a group of bars a comparison, ours in another colour."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

Row = dict[str, object]

WIDTH, LABEL, BAR, LINE, GAP = 860, 330, 360, 18, 10
SHOWN = (
    "decode HS256",
    "decode RS256",
    "decode ES256",
    "decode nested",
    "authenticate()",
    "login",
    "refresh",
)
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2933 } .title { font-weight: 600 }
.bar { fill: #9aa5b1 } .ours { fill: #0b7285 }
@media (prefers-color-scheme: dark) { text { fill: #e4e7eb } .bar { fill: #616e7c } .ours { fill: #3bc9db } }
"""


def write(rows: Sequence[Row], file: Path) -> None:
    """Draw the comparisons with others; each is scaled to its own slowest."""
    parts, top = [], GAP
    for title, found in groupby(rows, key=lambda row: str(row["comparison"])):
        group = list(found)
        if len(group) < 2 or not title.startswith(SHOWN):
            continue
        parts.append(f'<text class="title" x="{GAP}" y="{top + 13}">{escape(title)}</text>')
        longest = max(_time(row) for row in group)
        for place, row in enumerate(group):
            parts.append(_bar(row, place, top, longest))
            top += LINE
        top += GAP
    label = "Times in microseconds, shorter is better"
    box = f'viewBox="0 0 {WIDTH} {top}" role="img" aria-label="{label}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box}>'
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join([head, f"<style>{STYLE}</style>", *parts, "</svg>"]) + "\n", encoding="utf-8")


def _bar(row: Row, place: int, top: int, longest: float) -> str:
    width = max(1.0, BAR * _time(row) / longest)
    kind = "bar" if place else "bar ours"
    text = f"{escape(str(row['contender']))} {_time(row):,.1f} µs"
    return (
        f'<rect class="{kind}" x="{LABEL}" y="{top + 2}" width="{width:.1f}" height="{LINE - 4}" rx="2"/>'
        f'<text x="{LABEL + width + 6:.1f}" y="{top + 13}">{text}</text>'
    )


def _time(row: Row) -> float:
    return float(str(row["microseconds"]))
