"""The lives of the keys as one picture: from rows and a clock to coordinates, without a query or a request.

The markup is `templates/admin/jwtkit/timeline.html`. All coordinates are whole units of its viewBox.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final, NamedTuple

from django_jwtkit.admin.badges import shorten
from django_jwtkit.admin.keys.states import STATES, Row, outlook
from django_jwtkit.keys import State
from django_jwtkit.keys.planning import Phase

from .axis import Tick, ticks

WIDTH: Final = 1000
LEFT, RIGHT = 216, 984  # between them lies time
TOP: Final = 38  # the axis is above
RING, LINE = 34, 24  # the height of a ring's name, and of a key
THICK, THIN = 12, 2
LEAST: Final = 3  # what is shorter than this could not be seen
OVER: Final = frozenset({State.EXPIRED, State.REVOKED})
LOOK_AHEAD: Final = timedelta(days=1)  # at least so much future is shown


class Segment(NamedTuple):
    """A phase of a key's life as it is drawn. `css` is the class; `open` when its end is not known yet."""

    css: str
    x: int
    y: int
    width: int
    height: int
    open: bool

    @property
    def tip(self) -> int:
        return self.x + self.width


class Bar(NamedTuple):
    """A key: its name and state on the left, its phases on the right."""

    kid: str
    short: str
    css: str
    state: str
    story: str
    y: int
    phases: tuple[Segment, ...]
    cross: int | None  # where it was revoked


class Lane(NamedTuple):
    ring: str
    y: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    now: int
    height: int
    width: int = WIDTH
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP

    @property
    def bottom(self) -> int:
        return self.height - 8

    @property
    def legend(self) -> Iterator[tuple[str, str]]:
        """CSS class and name of each phase."""
        return ((state.lower(), str(words.name)) for state, words in STATES.items())

    @property
    def story(self) -> Iterator[str]:
        """The picture in words."""
        return (f"{lane.ring}: {bar.story}." for lane in self.lanes for bar in lane.bars)


class Scale(NamedTuple):
    """From time to x; what lies outside is drawn at the edge."""

    start: datetime
    end: datetime

    def x(self, moment: datetime) -> int:
        within = min(max(moment, self.start), self.end)
        return LEFT + round((RIGHT - LEFT) * ((within - self.start) / (self.end - self.start)))


def draw(rows: Iterable[Row], now: datetime) -> Picture:
    """The picture of `rows` (those of a ring side by side, as they shall be shown) at `now`."""
    rows = list(rows)
    scale = _scale(rows, now)
    lanes, y = [], TOP
    for ring, keys in groupby(rows, key=lambda row: row.ring_id):
        bars = tuple(
            _bar(row, y + RING + LINE * place + LINE // 2, scale, now) for place, row in enumerate(keys)
        )
        lanes.append(Lane(ring, y + 22, bars))
        y += RING + LINE * len(bars)
    marks = tuple(ticks(scale.start, scale.end, scale.x))
    return Picture(tuple(lanes), marks, scale.x(now), y + 14)


def phases_until(row: Row, now: datetime) -> Iterator[Phase]:
    """Yield the phases of a key's life; what comes after the end of trust is shown until `now`."""
    for phase in row.phases():
        if phase.state is State.EXPIRED and phase.end is None and phase.start >= now:
            continue
        is_over = phase.state in OVER and phase.end is None
        yield phase._replace(end=max(now, phase.start)) if is_over else phase


def _scale(rows: Sequence[Row], now: datetime) -> Scale:
    """All that is known of the rows, with some air on both sides."""
    known = [
        moment
        for row in rows
        for moment in (row.published_at, row.sign_from, row.verify_until, row.revoked_at)
        if moment is not None
    ]
    first, last = min([now, *known]), max([now + LOOK_AHEAD, *known])
    air = (last - first) / 16
    return Scale(first - air / 2, last + air)


def _bar(row: Row, y: int, scale: Scale, now: datetime) -> Bar:
    state = row.state(now)
    name = str(STATES[state].name)
    short = shorten(row.kid)
    return Bar(
        kid=row.kid,
        short=short,
        css=state.lower(),
        state=name,
        story=f"{short} ({row.alg}), {name}, {outlook(row, now)}",
        y=y,
        phases=tuple(_segment(phase, y, scale) for phase in phases_until(row, now)),
        cross=None if row.revoked_at is None else scale.x(row.revoked_at),
    )


def _segment(phase: Phase, y: int, scale: Scale) -> Segment:
    left, right = scale.x(phase.start), scale.x(phase.end or scale.end)
    height = THIN if phase.state in OVER else THICK
    return Segment(
        css=phase.state.lower(),
        x=left,
        y=y - height // 2,
        width=max(right - left, LEAST),
        height=height,
        open=phase.end is None,
    )
