"""The lives of the keys as one picture: from rows and a clock to coordinates, without a query or a request.

The markup is `templates/admin/jwtkit/timeline.html`. All coordinates are whole units of its viewBox.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final, NamedTuple

from django_jwtkit.keys import State

from .cells.wording import SHORT, STATES, Row, outlook
from .ticks import Tick, ticks

WIDTH: Final = 1000
LEFT, RIGHT = 216, 984  # between them lies time
TOP: Final = 38  # the axis is above
RING, LINE = 34, 24  # the height of a ring's name, and of a key
THICK, THIN = 12, 2
LEAST: Final = 3  # what is shorter than this could not be seen
LOOK_AHEAD: Final = timedelta(days=1)  # at least so much future is shown


class Phase(NamedTuple):
    """A stretch of a key's life. `css` is the class; `open` when its end is not known yet."""

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
    phases: tuple[Phase, ...]
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


class Stretch(NamedTuple):
    state: State
    start: datetime
    end: datetime | None


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


def stretches(row: Row, now: datetime) -> Iterator[Stretch]:
    """The phases of a key's life one after the other, empty ones left out, cut where it was revoked."""
    over = row.revoked_at
    for state, start, end in _plain(row, now):
        cut = end if over is None or (end is not None and end < over) else over
        if cut is None or start < cut:
            yield Stretch(state, start, cut)
    if over is not None:
        yield Stretch(State.REVOKED, over, max(now, over))


def _plain(row: Row, now: datetime) -> Iterator[Stretch]:
    """The same without a revocation."""
    if row.sign_from is None:
        yield Stretch(State.VERIFY_ONLY, row.published_at, row.verify_until)
    else:
        yield Stretch(State.STANDBY, row.published_at, row.sign_from)
        yield Stretch(State.ACTIVE, row.sign_from, row.sign_until)
        if row.sign_until is not None:
            yield Stretch(State.RETIRED, row.sign_until, row.verify_until)
    if row.verify_until is not None and row.verify_until < now:
        yield Stretch(State.EXPIRED, row.verify_until, now)


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
    short = row.kid if len(row.kid) <= SHORT else row.kid[:SHORT] + "…"
    return Bar(
        kid=row.kid,
        short=short,
        css=state.lower(),
        state=name,
        story=f"{short} ({row.alg}), {name}, {outlook(row, now)}",
        y=y,
        phases=tuple(_phase(stretch, y, scale) for stretch in stretches(row, now)),
        cross=None if row.revoked_at is None else scale.x(row.revoked_at),
    )


def _phase(stretch: Stretch, y: int, scale: Scale) -> Phase:
    left, right = scale.x(stretch.start), scale.x(stretch.end or scale.end)
    height = THIN if stretch.state in (State.EXPIRED, State.REVOKED) else THICK
    return Phase(
        css=stretch.state.lower(),
        x=left,
        y=y - height // 2,
        width=max(right - left, LEAST),
        height=height,
        open=stretch.end is None,
    )
