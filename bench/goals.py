"""Our goals for speed, a row each, and whether the measurements meet them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from .rounds import Row


class Goal(NamedTuple):
    """A bound on one number, which is a count or comes from the contender's row.

    `column` is "ratio" (its time divided by ours), "inverse" (our time divided by its) or "count". No goal is
    a time: each machine has its own. `ours` is the contender of ours, if it is not the first one.
    """

    words: str
    comparison: str
    contender: str
    column: str
    sign: str
    bound: float
    ours: str = ""

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


def _beats(comparison: str, peer: str, bound: float, ours: str = "") -> Goal:
    words = f"{comparison}: {peer}'s time / {ours.rpartition(' ')[2] or 'ours'}"
    return Goal(words, comparison, peer, "ratio", "≥", bound, ours)


def _near(comparison: str, bound: float) -> Goal:
    words = f"{comparison}: our time / the bare operation's"
    return Goal(words, comparison, "the bare operation", "inverse", "≤", bound)


def _costs(comparison: str, contender: str, bound: float, than: str = "") -> Goal:
    words = f"{comparison}: time with {contender} / {f'with {than}' if than else 'without'}"
    return Goal(words, comparison, contender, "ratio", "≤", bound)


def _counted(what: str, sign: str, bound: int) -> Goal:
    return Goal(what, what, "", "count", sign, bound)


DECODER: Final = "django_jwtkit, jwt.Decoder"
REPEATED: Final = "tokens.verify, a repeated token"
JWKS: Final = "JWKS of 1,000 rings"
REQUEST: Final = "a request under gunicorn"  # its comparison, beside the name of a database
DATABASES: Final = ("PostgreSQL", "MariaDB")  # that are servers
TOKENS: Final = (
    _beats("decode HS256", "PyJWT", 5),
    _beats("decode HS256", "PyJWT", 5.5, DECODER),
    _beats("decode HS256", "joserfc", 2.2),
    _near("decode RS256", 1.5),
    _near("decode ES256", 1.2),
    _beats("decode RS256", "joserfc", 1.3),
    Goal(f"{REPEATED}, HS256: our time / the bare HMAC's", REPEATED, "the bare HMAC", "inverse", "≤", 1.8),
    _beats("decode nested ES256 in A256KW+A256GCM", "joserfc", 1.3),
    _costs("tokens.verify, the first token of a process", "RS256", 2, "ES256"),
)
REQUESTS: Final = (
    _beats("authenticate() with user, a new token", "simplejwt", 3),
    _beats("authenticate() with user, a repeated token", "simplejwt", 5),
    _beats("authenticate() stateless, a new token", "simplejwt", 3),
    _beats("authenticate() stateless, a repeated token", "simplejwt", 3),
    _costs("settings, a repeated token", "CHECK_SESSION", 1.6),
    _beats("refresh", "simplejwt", 4),
    _beats("login", "simplejwt", 1),
    Goal(f"{JWKS}: our time / a ready body's", JWKS, "a ready body", "inverse", "≤", 10),
    _counted("queries of a refresh, django_jwtkit", "≤", 3),
    _counted("keys parsed by a rebuild of 1,000", "≤", 0),
)
ON_SERVERS: Final = tuple(
    _beats(f"{title}, {database}", "simplejwt", bound)
    for title, bound in (
        ("authenticate() with user, a new token", 2),
        ("authenticate() with user, a repeated token", 3),
        ("refresh", 3),
    )
    for database in DATABASES
)
UNDER_GUNICORN: Final = tuple(
    Goal(
        f"{REQUEST}, {database}: the processor time of simplejwt with user / ours",
        f"{REQUEST}, {database}",
        "simplejwt, user",
        "ratio",
        "≥",
        3,
        "django_jwtkit, user",
    )
    for database in ("SQLite", "PostgreSQL")
)
GOALS: Final = (*TOKENS, *REQUESTS, *ON_SERVERS, *UNDER_GUNICORN)


def outcomes(rows: Iterable[Row], counts: Mapping[str, int]) -> Iterator[Outcome]:
    """Yield each goal with its measured value."""
    by_name = {(row.comparison, row.contender): row for row in rows}
    for goal in GOALS:
        row, ours = (by_name.get((goal.comparison, name)) for name in (goal.contender, goal.ours))
        ratio = row and row.ratio / (ours.ratio if ours else 1)
        yield Outcome(goal, counts.get(goal.words) if goal.column == "count" else _value(goal.column, ratio))


def _value(column: str, ratio: float | None) -> float | None:
    return ratio if ratio is None or column == "ratio" else 1 / ratio
