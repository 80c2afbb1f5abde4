"""Our goals for speed, a row each, and whether the measurements meet them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from .rounds import Row


class Goal(NamedTuple):
    """A bound on one number, which is a count or comes from the contender's row.

    `column` is "ratio" (its time divided by ours), "inverse" (our time divided by its), "microseconds" or
    "count".
    """

    words: str
    comparison: str
    contender: str
    column: str
    sign: str
    bound: float

    def is_met_by(self, value: float) -> bool:
        return value >= self.bound if self.sign == "≥" else value <= self.bound


class Outcome(NamedTuple):
    """A goal and its measured value; None if it was not measured."""

    goal: Goal
    value: float | None

    @property
    def verdict(self) -> str:
        return (
            "not measured" if self.value is None else "met" if self.goal.is_met_by(self.value) else "missed"
        )


def _beats(comparison: str, peer: str, bound: float) -> Goal:
    return Goal(f"{comparison}: {peer}'s time / ours", comparison, peer, "ratio", "≥", bound)


def _near(comparison: str, bound: float) -> Goal:
    words = f"{comparison}: our time / the bare operation's"
    return Goal(words, comparison, "the bare operation", "inverse", "≤", bound)


def _within(words: str, comparison: str, contender: str, bound: float) -> Goal:
    return Goal(words, comparison, contender, "microseconds", "≤", bound)


def _counted(what: str, sign: str, bound: int) -> Goal:
    return Goal(what, what, "", "count", sign, bound)


REPEATED: Final = "tokens.verify, a repeated token"
GOALS: Final = (
    _beats("decode HS256", "PyJWT", 5),
    _beats("decode HS256", "joserfc", 2.2),
    _near("decode RS256", 1.5),
    _beats("decode RS256", "joserfc", 1.3),
    _near("decode ES256", 1.2),
    *(
        _within(f"{REPEATED}, {alg}: µs", REPEATED, alg, 3)
        for alg in ("HS256", "RS256", "ES256", "Ed25519", "ML-DSA-65")
    ),
    _beats("decode nested ES256 in A256KW+A256GCM", "joserfc", 1.3),
    _beats("authenticate() with user, a new token", "simplejwt", 1.3),
    _beats("authenticate() with user, a repeated token", "simplejwt", 1.3),
    _beats("authenticate() stateless, a new token", "simplejwt", 3),
    _beats("authenticate() stateless, a repeated token", "simplejwt", 3),
    _beats("refresh", "simplejwt", 2),
    _counted("queries of a refresh, django_jwtkit", "≤", 3),
    _within("keyring rebuild, 1,000 keys: µs", "keyring rebuild", "1,000 keys", 50_000),
    _counted("keys parsed by a rebuild of 1,000", "≤", 0),
)


def outcomes(rows: Iterable[Row], counts: Mapping[str, int]) -> Iterator[Outcome]:
    """Yield each goal with its measured value."""
    by_name = {(row.comparison, row.contender): row for row in rows}
    for goal in GOALS:
        row = by_name.get((goal.comparison, goal.contender))
        yield Outcome(goal, counts.get(goal.words) if goal.column == "count" else _value(goal.column, row))


def _value(column: str, row: Row | None) -> float | None:
    if row is None:
        return None
    return {"ratio": row.ratio, "inverse": 1 / row.ratio, "microseconds": row.microseconds}[column]
