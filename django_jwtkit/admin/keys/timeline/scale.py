"""From time to place: the future that is written in the rows, and half as much of the past."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django_jwtkit.admin.keys.states import Row
from django_jwtkit.keys import State
from django_jwtkit.keys.planning import TRUSTED

from .layout import Layout

LOOK_AHEAD: Final = timedelta(days=1)  # the least future in the picture
FARTHEST: Final = timedelta(days=20 * 365)
OPEN, CLOSED = 1.5, 1.1  # the air to the right: a turn without an end goes on


class Scale(NamedTuple):
    """Moments outside are drawn at the edge."""

    start: datetime
    end: datetime
    layout: Layout

    def x(self, moment: datetime) -> int:
        within = min(max(moment, self.start), self.end)
        first, last = self.layout.start, self.layout.end
        return first + round((last - first) * ((within - self.start) / (self.end - self.start)))


def scale_of(rows: Sequence[Row], now: datetime, layout: Layout) -> Scale:
    """Return a scale on which now is about a third from the left, nearer to the edge without a past.

    Where all keys have ended, now is on the right.
    """
    rows = [row for row in rows if not row.is_tampered]  # whoever forged its dates must not stretch the axis
    trusted = [row for row in rows if row.state(now) in TRUSTED]
    last = max([now + LOOK_AHEAD, *(moment for row in trusted for moment in _dates(row))])
    is_open = any(row.life.sign_from and row.life.sign_until is None for row in trusted)
    future = min(last - now, FARTHEST) * (OPEN if is_open else CLOSED)
    if is_open:  # how far it goes is not known: as far as it has gone, and as a turn lasts by the settings
        active = [row for row in trusted if row.state(now) is State.ACTIVE]
        gone = [now - row.life.begins for row in active]
        remaining = [row.turn + row.life.begins - now for row in active if row.life.sign_until is None]
        future = max([future, *(min(turn, FARTHEST) for turn in (*gone, *remaining))])
    first = min([now, *(row.life.published_at for row in rows)])
    past = max((now - first) * CLOSED, future / 8)
    if not trusted:  # ended keys have no future: all of their lives is shown
        return Scale(now - past, now + max(past / 8, LOOK_AHEAD / 8), layout)
    past = min(past, future / 2)
    return Scale(now - past, now + future, layout)


def _dates(row: Row) -> Iterator[datetime]:
    life = row.life
    return (moment for moment in (life.sign_from, life.sign_until, life.verify_until) if moment is not None)
