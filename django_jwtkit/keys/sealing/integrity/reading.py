"""Reading and judging the rows of a ring as they were at one moment."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from django_jwtkit.keys.store import Address, KeyRow

from .alarms import raise_alarm
from .judging import Judge, Verdict, judge_at

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
