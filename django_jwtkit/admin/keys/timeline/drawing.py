"""The timeline of the keys: coordinates from rows and a clock, without a query or a request.

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
LEFT, RIGHT = 216, 984  # the ends of the axis of time
TOP: Final = 38  # the axis is above
RING, LINE = 34, 24  # the height of a ring's name, and of a key
THICK, THIN = 12, 2
LEAST: Final = 3  # a shorter segment could not be seen
OVER: Final = frozenset({State.EXPIRED, State.REVOKED})
LOOK_AHEAD: Final = timedelta(days=1)  # the least future in the picture


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
    cross: int | None  # the x of its revocation


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
    start: int = LEFT
    end: int = RIGHT
    top: int = TOP

    @property
    def bottom(self) -> int:
        return self.height - 8

    @property
    def legend(self) -> Iterator[tuple[str, str]]:
        """Yield the CSS class and the name of each phase."""
        return ((state.lower(), str(words.name)) for state, words in STATES.items())

    @property
    def story(self) -> Iterator[str]:
        """Yield the picture in words."""
        return (f"{lane.ring}: {bar.story}." for lane in self.lanes for bar in lane.bars)


class Scale(NamedTuple):
    """The scale from time to x; moments outside are drawn at the edge."""

    start: datetime
    end: datetime

    def x(self, moment: datetime) -> int:
        within = min(max(moment, self.start), self.end)
        return LEFT + round((RIGHT - LEFT) * ((within - self.start) / (self.end - self.start)))


def draw(rows: Iterable[Row], now: datetime) -> Picture:
    """Return the picture of `rows` at `now`; those of a ring must stand together."""
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
    """Yield the phases of a key's life; the one after the end of trust lasts until `now`."""
    for phase in row.phases():
        if phase.state is State.EXPIRED and phase.end is None and phase.start >= now:
            continue
        is_over = phase.state in OVER and phase.end is None
        yield phase._replace(end=max(now, phase.start)) if is_over else phase


def _scale(rows: Sequence[Row], now: datetime) -> Scale:
    """Return a scale with all dates of the rows, and some air on both sides."""
    dates = [
        moment
        for row in rows
        for moment in (row.published_at, row.sign_from, row.verify_until, row.revoked_at)
        if moment is not None
    ]
    first, last = min([now, *dates]), max([now + LOOK_AHEAD, *dates])
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
    start, end = scale.x(phase.start), scale.x(phase.end or scale.end)
    height = THIN if phase.state in OVER else THICK
    return Segment(
        css=phase.state.lower(),
        x=start,
        y=y - height // 2,
        width=max(end - start, LEAST),
        height=height,
        open=phase.end is None,
    )
