"""Compare thousands of sessions with millions on PostgreSQL, each step on both in turns.

Elapsed time counts here, since the server does the work. Each step takes some user and session. The number
of pages that a step reads is counted too: no other program on the machine can affect it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from statistics import median

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import CaptureQueriesContext

from bench.rounds import Comparison, Contender
from django_jwtkit import sessions
from django_jwtkit.drf import JWTAuthentication

from .pages import PAGES
from .routing import choose
from .side import BATCH, COMING, COUNTED, LIMIT, Side

Steps = Mapping[str, tuple[Callable[[Side], object], Callable[..., object]]]

# The title of a step: its argument, which is made off the clock, and the step itself.
STEPS: Steps = {
    "authenticate() with CHECK_SESSION": (Side.request, JWTAuthentication().authenticate),
    "refresh": (Side.refresh_token, sessions.refresh),
    "login": (lambda side: side.somebody(COMING), sessions.start),
    f"login with MAX_SESSIONS = {LIMIT}": (lambda side: side.somebody(COUNTED), sessions.start),
    "logout": (Side.login, sessions.end),
    f"logout everywhere, of {LIMIT}": (Side.newcomer, sessions.end_all),
    "list a user's sessions": (Side.somebody, lambda user: list(sessions.live(user))),
    f"prune a batch of {BATCH:,}": (Side.dying, lambda moment: sessions.prune(now=moment)),
}
VISITS = {title: (visit, lambda visit: visit()) for title, visit in PAGES.items()}
TIMES = 5  # a step is counted; the median of its pages is told
TOUCHED = """
SELECT sum(heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit) FROM pg_statio_user_tables
"""


def comparisons(sides: Sequence[Side], steps: Steps) -> list[Comparison]:
    """Compare the smaller side with the larger, step by step."""
    return [
        Comparison(title, [_contender(side, need, run) for side in sides])
        for title, (need, run) in steps.items()
    ]


def reads(sides: Sequence[Side]) -> dict[str, dict[str, list[int]]]:
    """Return how many pages of tables and indexes each step reads, and by how many queries, side by side."""
    steps = {**STEPS, **VISITS}.items()
    read = {title: [_reads(side, need, run) for side in sides] for title, (need, run) in steps}
    return {
        "pages": {title: [pages for pages, _ in counts] for title, counts in read.items()},
        "queries": {title: [queries for _, queries in counts] for title, counts in read.items()},
    }


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
        choose("default")
        for alias, name in before.items():
            connections[alias].creation.destroy_test_db(name, verbosity=0)


def _contender(side: Side, need: Callable[[Side], object], run: Callable[..., object]) -> Contender:
    return Contender(side.name, run, lambda: need(side))


def _reads(side: Side, need: Callable[[Side], object], run: Callable[..., object]) -> tuple[int, int]:
    """Return pages and queries of a step."""
    connection, pages = connections[side.alias], []
    for _ in range(TIMES):
        needed, before = need(side), _touched(connection)
        run(needed)
        pages.append(_touched(connection) - before)
    needed = need(side)
    with CaptureQueriesContext(connection) as queries:
        run(needed)
    return int(median(pages)), len(queries)


def _touched(connection: BaseDatabaseWrapper) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(TOUCHED)
        return int(cursor.fetchone()[0])
