"""Reading and judging the rows of a ring, or of many, as they were at one moment."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from django_jwtkit.keys.store import Address, KeyRow, Store

from .alarms import raise_alarm
from .judging import Judge, Verdict, are_current, judge_at, judges_of

TRIES: Final = 5  # at a ring that is being changed

R = TypeVar("R", bound=KeyRow)


class JudgedRows(NamedTuple, Generic[R]):
    """Rows of a ring with what is said of each. `is_settled`: no change has come in between."""

    judge: Judge
    rows: Sequence[tuple[R, Verdict]]
    is_settled: bool

    def raise_alarms(self) -> None:
        """Raise an alarm for each row that was tampered with; a change would look the same."""
        for row, verdict in self.rows if self.is_settled else ():
            if verdict.tampered:
                raise_alarm(self.judge.address, row.kid, verdict.tampered)


def judge_rows(address: Address, read: Callable[[Address], Iterable[R]]) -> JudgedRows[R]:
    """Judge the rows of the ring at `address` that `read` returns.

    A change while they are read looks as if somebody had tampered with them, so then they are read again.
    """
    for _ in range(TRIES):
        judge = judge_at(address)
        rows = [(row, judge.judge(row)) for row in read(address)]
        is_settled = not any(verdict.tampered for _, verdict in rows) or judge.is_current()
        if is_settled:
            break
    return JudgedRows(judge, rows, is_settled)


def judge_all_rows(
    store: Store, names: Collection[str], read: Callable[[], Iterable[R]]
) -> Mapping[str, JudgedRows[R]]:
    """Judge the rows that `read` returns, by their rings, with four queries for all of them.

    `names` are rings of which something is returned even if they have no row.
    """
    for _ in range(TRIES):
        judges = judges_of(store, names)
        rows: dict[str, list[tuple[R, Verdict]]] = {name: [] for name in judges}
        for row in read():
            if judge := judges.get(row.ring_id):  # else its ring is younger than the judges
                rows[row.ring_id].append((row, judge.judge(row)))
        tampered = {name for name, some in rows.items() if any(verdict.tampered for _, verdict in some)}
        is_settled = not tampered or are_current(judges[name] for name in tampered)
        if is_settled:
            break
    return {name: JudgedRows(judge, rows[name], is_settled) for name, judge in judges.items()}
