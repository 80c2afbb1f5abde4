"""Draw an SVG: how many times as fast as others we are, a bar for each task.

It is narrow, so that it can be read on a phone. It has its own background, since a page may be dark where the
reader's system is light.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

from bench.rounds import Row

from .markdown import time

OURS: Final = "django_jwtkit"
TASKS: Final[Mapping[str, Mapping[str, str]]] = {  # by the other package, and the comparison
    "simplejwt": {
        "authenticate() with user, a repeated token": "Request with user, repeated token",
        "authenticate() with user, a new token": "Request with user, new token",
        "authenticate() stateless, a repeated token": "Stateless request, repeated token",
        "authenticate() stateless, a new token": "Stateless request, new token",
        "refresh": "Refresh",
        "login": "Login",
    },
    "PyJWT": {
        "decode HS256": "Decode, HS256",
        "decode RS256": "Decode, RS256",
        "decode ES256": "Decode, ES256",
    },
}
TITLE: Final = "How many times as fast"
NOTE: Final = "Longer is better. The mark: just as fast. Right: our time, and theirs."
WIDTH, MARGIN, TOP, HEAD, LINE, FOOT = 480, 20, 58, 40, 42, 14
BAR, ROOM = 16, 52  # the height of a bar, and what its number needs
STYLE: Final = """
text { font: 15px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2933 }
.paper { fill: #ffffff; stroke: #d9dee3 } .title { font-size: 18px; font-weight: 600 }
.head, .value { font-weight: 600 } .note { font-size: 13px; fill: #52606d }
.time { font-size: 13px; fill: #52606d; text-anchor: end; font-variant-numeric: tabular-nums }
.bar { fill: #0b7285 } .even { stroke: #1f2933; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
text { fill: #e4e7eb } .paper { fill: #11181f; stroke: #323f4b } .note, .time { fill: #9aa5b1 }
.bar { fill: #22b8cf } .even { stroke: #ffffff }
}
"""


class Task(NamedTuple):
    name: str
    ours: Row
    theirs: Row


def draw(rows: Sequence[Row]) -> str:
    """Draw a panel for each of the other packages, all bars to one scale."""
    panels = {peer: list(_tasks(rows, peer)) for peer in TASKS}
    most = max((task.theirs.ratio for tasks in panels.values() for task in tasks), default=1)
    scale = (WIDTH - 2 * MARGIN - ROOM) / max(most, 1)
    y, parts = TOP, []
    for peer, tasks in panels.items():
        parts += _panel(peer, tasks, y, scale)
        y += HEAD + LINE * len(tasks)
    return "\n".join([*_head(y + FOOT), *parts, "</svg>"]) + "\n"


def _tasks(rows: Sequence[Row], peer: str) -> Iterator[Task]:
    by_name = {(row.comparison, row.contender): row for row in rows}
    for comparison, name in TASKS[peer].items():
        if (comparison, peer) in by_name:
            yield Task(name, by_name[comparison, OURS], by_name[comparison, peer])


def _head(height: int) -> Iterator[str]:
    yield f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
    yield f' viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title about">'
    yield f'<title id="title">{TITLE} as {" and ".join(TASKS)}</title>'
    yield f'<desc id="about">{NOTE}</desc><style>{STYLE}</style>'
    yield f'<rect class="paper" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>'
    yield f'<text class="title" x="{MARGIN}" y="32">{TITLE}</text>'
    yield f'<text class="note" x="{MARGIN}" y="52">{NOTE}</text>'


def _panel(peer: str, tasks: Sequence[Task], y: int, scale: float) -> Iterator[str]:
    yield f'<text class="head" x="{MARGIN}" y="{y + 26}">as {escape(peer)}</text>'
    for number, task in enumerate(tasks):
        yield _bar(task, y + HEAD + LINE * number, scale)


def _bar(task: Task, y: int, scale: float) -> str:
    """Draw the name and the two times, and below them the bar with its number, and a mark at 1."""
    width, top, even = scale * task.theirs.ratio, y + 20, MARGIN + scale
    after = max(MARGIN + width, even) + 7
    times = f"{time(task.ours.microseconds)}, {time(task.theirs.microseconds)}"
    return (
        f'<text class="name" x="{MARGIN}" y="{y + 14}">{escape(task.name)}</text>'
        f'<text class="time" x="{WIDTH - MARGIN}" y="{y + 14}">{times}</text>'
        f'<rect class="bar" x="{MARGIN}" y="{top}" width="{width:.1f}" height="{BAR}" rx="2"/>'
        f'<path class="even" d="M{even:.1f} {top - 2}v{BAR + 4}"/>'
        f'<text class="value" x="{after:.1f}" y="{top + BAR - 3}">{task.theirs.ratio:.1f} ×</text>'
    )
