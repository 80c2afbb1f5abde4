"""The lives of keys as a chart of text: a bar for each key, above one axis of time."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django_jwtkit.keys import State, StoredKey
from django_jwtkit.keys.planning import TRUSTED, Phase, Planned
from django_jwtkit.wording import day, escape

LABEL: Final = 13
NARROWEST, WIDEST = 80, 120
Row = StoredKey | Planned
PAST, FUTURE = timedelta(days=400), timedelta(days=400)


class Ink(NamedTuple):
    """The characters of a bar: published only, signing, still verifying, and now."""

    standby: str
    signing: str
    verifying: str
    now: str
    blank: str = " "

    def legend(self) -> str:
        words = ("published", "signs", "still verifies", "now")
        return "   ".join(f"{sign} {word}" for sign, word in zip(self, words, strict=False))

    def sign(self, state: State) -> str:
        """Return the character for a phase in `state`."""
        return {State.STANDBY: self.standby, State.ACTIVE: self.signing}.get(state, self.verifying)


BLOCKS: Final = Ink("░", "█", "▒", "│")
ASCII: Final = Ink(".", "#", "=", "|")


class Scale(NamedTuple):
    """The time from `start` to `end`, in `cells` columns."""

    start: datetime
    end: datetime
    cells: int

    def cell(self, moment: datetime) -> int:
        share = (moment - self.start) / (self.end - self.start)
        return min(max(int(share * self.cells), 0), self.cells - 1)

    def moment(self, cell: int) -> datetime:
        return self.start + (self.end - self.start) * (cell + 0.5) / self.cells


def timeline(rows: Sequence[Row], now: datetime, *, width: int, ink: Ink = BLOCKS) -> list[str]:
    """Return the chart of `rows` in lines of at most `width` columns (80 to 120); none without rows."""
    if not rows:
        return []
    scale = _scale(rows, now, min(max(width, NARROWEST), WIDEST) - LABEL)
    bars = [f"{escape(row.kid)[: LABEL - 1]:<{LABEL}}{_bar(row, now, scale, ink)}".rstrip() for row in rows]
    return [*bars, " " * LABEL + _axis(now, scale), " " * LABEL + ink.legend()]


def _scale(rows: Iterable[Row], now: datetime, cells: int) -> Scale:
    dates = [moment for row in rows for moment in _dates(row)]
    start = max(min([*dates, now - timedelta(hours=1)]), now - PAST)
    end = min(max([*dates, now + timedelta(hours=1)]), now + FUTURE)
    return Scale(start, end + (end - start) / 20, cells)


def _dates(row: Row) -> Iterator[datetime]:
    for moment in (row.published_at, row.sign_from, row.sign_until, row.verify_until, row.revoked_at):
        if moment is not None:
            yield moment


def _bar(row: Row, now: datetime, scale: Scale, ink: Ink) -> str:
    phases = [phase for phase in row.phases() if phase.state in TRUSTED]
    cells = [_sign_at(scale.moment(cell), phases, ink) for cell in range(scale.cells)]
    for phase in phases:
        if phase.state is State.RETIRED or not scale.start <= phase.start < scale.end:
            continue
        if cells[scale.cell(phase.start)] == ink.blank:  # a turn that is shorter than a cell is shown anyway
            cells[scale.cell(phase.start)] = ink.sign(phase.state)
    cells[scale.cell(now)] = ink.now
    return "".join(cells)


def _sign_at(moment: datetime, phases: Iterable[Phase], ink: Ink) -> str:
    for phase in phases:
        if phase.start <= moment and (phase.end is None or moment < phase.end):
            return ink.sign(phase.state)
    return ink.blank


def _axis(now: datetime, scale: Scale) -> str:
    """Return the days at both ends and at now, as far as they fit."""
    line = [" "] * scale.cells
    middle = scale.cell(now) - 5
    for place, moment in ((0, scale.start), (scale.cells - 10, scale.end), (middle, now)):
        is_inside = 0 <= place <= scale.cells - 10
        if is_inside and not "".join(line[max(place - 1, 0) : place + 11]).strip():
            line[place : place + 10] = day(moment)
    return "".join(line).rstrip()
