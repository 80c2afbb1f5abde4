"""The timeline of the keys: coordinates from rows and a clock, without a query or a request.

The markup is `templates/admin/jwtkit/timeline.html`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final, NamedTuple

from django.utils import timezone
from django.utils.formats import date_format

from django_jwtkit.admin.badges import shorten
from django_jwtkit.admin.keys.states import STATES, Row, state_css, state_words
from django_jwtkit.keys import State
from django_jwtkit.keys.planning import Phase

from .axis import Tick, ticks
from .facts import Facts, facts_of
from .layout import DATE, GAP, HALF, LEAST, LINES, NARROW, THICK, THIN, TOP, WIDE, Layout
from .scale import Scale, scale_of

OVER: Final = frozenset({State.EXPIRED, State.REVOKED})


class Segment(NamedTuple):
    """A phase of a key's life as it is drawn. `css` is the class; `open` when its end is not known yet."""

    css: str
    x: int
    y: int
    width: int
    height: int
    open: bool
    planned: bool  # it is in the future

    @property
    def tip(self) -> int:
        return self.x + self.width


class Bar(NamedTuple):
    """A key: its name and state, its phases on the axis of time, and the same in words."""

    short: str
    css: str
    state: str
    story: str
    address: str
    label: int  # the y of its name
    y: int
    phases: tuple[Segment, ...]
    cross: int | None  # the x of its revocation
    until: str = ""  # the day on which all trust in it ends, where there is room for it
    until_at: int = 0  # the x at which that begins


class Mark(NamedTuple):
    """A tick as it is drawn: its label stands off its line where the edge would cut it."""

    x: int
    label: str
    middle: int  # the x of the label


class Lane(NamedTuple):
    ring: str
    y: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    lanes: tuple[Lane, ...]
    ticks: tuple[Mark, ...]
    now: int
    height: int
    layout: Layout = WIDE

    @property
    def bottom(self) -> int:
        return self.height - 8

    @property
    def upright(self) -> str:
        """The path of a line of the axis from top to bottom; where names stand above the bars, with gaps."""
        if not self.layout.below:
            return f"M0 {LINES}V{self.bottom}"
        bars = (bar.y for lane in self.lanes for bar in lane.bars)
        return "".join(
            f"M0 {top}V{end}" for top, end in [(LINES, TOP + 8), *((y - 10, y + 14) for y in bars)]
        )


@dataclass(frozen=True, slots=True)
class Timeline:
    """Both pictures of the same rows, and their facts, which stand in a table below."""

    pictures: tuple[Picture, ...]
    facts: tuple[Facts, ...]
    states: frozenset[State]
    has_faults: bool

    @property
    def legend(self) -> Iterator[tuple[str, str, str]]:
        """Yield the CSS class, the name and the meaning of each state that is drawn."""
        for state, words in STATES.items():
            if state in self.states:
                yield state.lower(), str(words.name), str(words.meaning)


def draw_both(rows: Iterable[Row], now: datetime, *, axis: Iterable[Row] = ()) -> Timeline:
    """Return the pictures of `rows` at `now`; those of a ring must stand together.

    `axis` are the rows that the axis is made for, if there are others than `rows`.
    """
    rows, axis = list(rows), list(axis)
    return Timeline(
        pictures=tuple(draw(rows, now, layout, axis=axis) for layout in (WIDE, NARROW)),
        facts=tuple(facts_of(row, now) for row in rows),
        states=frozenset(phase.state for row in rows for phase in phases_until(row, now)),
        has_faults=any(row.fault for row in rows),
    )


def draw(rows: Iterable[Row], now: datetime, layout: Layout = WIDE, *, axis: Sequence[Row] = ()) -> Picture:
    """Return one of the pictures of `draw_both`."""
    rows = list(rows)
    axis = axis or rows
    layout = layout.with_faults() if any(row.fault for row in axis) else layout
    scale = scale_of(axis, now, layout)
    lanes, y = [], TOP
    for ring, keys in groupby(rows, key=lambda row: row.ring):
        middle = y + layout.ring + 12
        bars = tuple(_bar(row, middle + layout.line * place, scale, now) for place, row in enumerate(keys))
        lanes.append(Lane(ring, y + 22, bars))
        y += layout.ring + layout.line * len(bars)
    marks = _marks(ticks(scale.start, scale.end, scale.x), layout)
    return Picture(tuple(lanes), tuple(marks), scale.x(now), y + 14, layout)


def phases_until(row: Row, now: datetime) -> Iterator[Phase]:
    """Yield the phases of a key's life; the one after the end of trust lasts until `now`."""
    for phase in row.life.phases():
        if phase.state is State.EXPIRED and phase.end is None and phase.start >= now:
            continue
        is_over = phase.state in OVER and phase.end is None
        yield phase._replace(end=max(now, phase.start)) if is_over else phase


def _marks(ticks: Iterable[Tick], layout: Layout) -> Iterator[Mark]:
    """Move labels away from the edges, and leave out a mark whose label would touch the one before."""
    last = -layout.apart
    for tick in ticks:
        middle = min(max(tick.x, HALF), layout.width - HALF)
        if middle - last >= layout.apart:
            last = middle
            yield Mark(tick.x, tick.label, middle)


def _bar(row: Row, label: int, scale: Scale, now: datetime) -> Bar:
    y = label + scale.layout.below
    revoked_at = row.life.revoked_at
    segments = (segment for phase in phases_until(row, now) for segment in _segments(phase, y, scale, now))
    until, until_at = _date(row, scale, now)
    return Bar(
        short=shorten(row.kid),
        css=state_css(row, now),
        state=state_words(row, now),
        story=facts_of(row, now).story,
        address=row.address,
        label=label,
        y=y,
        phases=tuple(segments),
        cross=None if revoked_at is None or revoked_at < scale.start else scale.x(revoked_at),
        until=until,
        until_at=until_at,
    )


def _date(row: Row, scale: Scale, now: datetime) -> tuple[str, int]:
    """Return the day on which a trusted key ends and its x; nothing where the edge would cut it."""
    end = row.life.trusted_until if row.state(now) not in OVER else None
    at = 0 if end is None else scale.x(end) + GAP
    if end is None or scale.layout.below or at + DATE > scale.layout.width:
        return "", 0
    return date_format(timezone.localtime(end), "j M Y"), at


def _segments(phase: Phase, y: int, scale: Scale, now: datetime) -> Iterator[Segment]:
    """Yield the past and the planned part of a phase; nothing of one that was over before the axis begins."""
    end = phase.end or scale.end
    if end < scale.start:
        return
    if phase.start < now < end:
        yield _segment(phase._replace(end=now), y, scale, planned=False)
        yield _segment(phase._replace(start=now), y, scale, planned=True)
    else:
        yield _segment(phase, y, scale, planned=phase.start >= now)


def _segment(phase: Phase, y: int, scale: Scale, *, planned: bool) -> Segment:
    start, end = scale.x(phase.start), scale.x(phase.end or scale.end)
    height = THIN if phase.state in OVER else THICK
    return Segment(
        css=phase.state.lower(),
        x=start,
        y=y - height // 2,
        width=max(end - start, LEAST),
        height=height,
        open=phase.end is None,
        planned=planned,
    )
