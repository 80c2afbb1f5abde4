"""Compare thousands of sessions with millions on PostgreSQL, each step on both in turns.

Elapsed time counts here, since the server does the work. Each step takes some user and session. The number
of pages that a step reads is counted too: no other program on the machine can affect it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import median

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from bench.rounds import Comparison, Contender
from django_jwtkit import sessions
from django_jwtkit.drf import JWTAuthentication

from .side import BATCH, COMING, COUNTED, LIMIT, Side

# The title of a step: its argument, which is made off the clock, and the step itself.
STEPS: dict[str, tuple[Callable[[Side], object], Callable[..., object]]] = {
    "authenticate() with CHECK_SESSION": (Side.request, JWTAuthentication().authenticate),
    "refresh": (Side.refresh_token, sessions.refresh),
    "login": (lambda side: side.somebody(COMING), sessions.start),
    f"login with MAX_SESSIONS = {LIMIT}": (lambda side: side.somebody(COUNTED), sessions.start),
    "logout": (Side.login, sessions.end),
    f"logout everywhere, of {LIMIT}": (Side.newcomer, sessions.end_all),
    "list a user's sessions": (Side.somebody, lambda user: list(sessions.live(user))),
    f"prune a batch of {BATCH:,}": (Side.dying, lambda moment: sessions.prune(now=moment)),
    "the admin's list of sessions": (lambda side: side, Side.page),
}
TOUCHED = """
SELECT sum(heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit) FROM pg_statio_user_tables
"""


def comparisons(sides: Sequence[Side]) -> list[Comparison]:
    """Compare the smaller side with the larger, step by step."""
    return [
        Comparison(title, [_contender(side, need, run) for side in sides])
        for title, (need, run) in STEPS.items()
    ]


def pages(sides: Sequence[Side], times: int = 9) -> dict[str, list[int]]:
    """Return how many pages of tables and indexes each step reads, by side: the median of several `times`."""
    return {
        title: [int(median(_pages(side, need, run) for _ in range(times))) for side in sides]
        for title, (need, run) in STEPS.items()
    }


def version(sides: Sequence[Side]) -> str:
    """Return the server's version."""
    with connections[sides[0].alias].cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0]).split()[0]


@contextmanager
def both(few: int, many: int) -> Iterator[list[Side]]:
    """Yield two databases with `few` and `many` sessions, and drop them at the end."""
    sides = [Side("few", few), Side("many", many)]
    before = {side.alias: connections[side.alias].settings_dict["NAME"] for side in sides}
    try:
        for side in sides:
            side.fill()
        yield sides
    finally:
        for alias, name in before.items():
            connections[alias].creation.destroy_test_db(name, verbosity=0)


def _contender(side: Side, need: Callable[[Side], object], run: Callable[..., object]) -> Contender:
    return Contender(side.name, run, lambda: need(side))


def _pages(side: Side, need: Callable[[Side], object], run: Callable[..., object]) -> int:
    needed, connection = need(side), connections[side.alias]
    before = _touched(connection)
    run(needed)
    return _touched(connection) - before


def _touched(connection: BaseDatabaseWrapper) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(TOUCHED)
        return int(cursor.fetchone()[0])
