"""Measure what refreshes leave behind on PostgreSQL: heap-only updates, dead rows, growth of indexes, WAL.

    python -m bench.hot                         # of 100,000 sessions, 2,000 refresh 20 times
    python -m bench.hot --fillfactor 90

It makes and drops a database of its own.
"""
# ruff: noqa: T201, E402 - it prints; models want a project

import argparse
import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "testproject.settings")
os.environ["JWTKIT_DATABASE"] = "postgresql"
django.setup()

from django.contrib.auth import get_user_model
from django.db import connection

from bench.crowd import Crowd, session_id
from bench.prune import database
from django_jwtkit import sessions, tokens

EVERY = timedelta(minutes=5)  # a session refreshes
STORAGE = "ALTER TABLE jwtkit_session SET (fillfactor = %s, autovacuum_enabled = off)"
STATE = """
SELECT n_tup_upd, n_tup_hot_upd, n_dead_tup, pg_indexes_size(relid), pg_current_wal_insert_lsn() - '0/0'
FROM pg_stat_user_tables WHERE relname = 'jwtkit_session'
"""


class State(NamedTuple):
    """What the server has counted: rows of the sessions' table, octets of its indexes and of WAL."""

    updates: int
    hot: int
    dead: int
    indexes: int
    wal: int

    @classmethod
    def read(cls) -> Self:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")
            cursor.execute(STATE)
            return cls(*map(int, cursor.fetchone()))


def refresh_tokens(crowd: Crowd, first: int, some: int, times: int) -> Iterator[tuple[str, datetime]]:
    """Yield the newest refresh token of each of `some` sessions and its time: round after round, shuffled."""
    users = get_user_model().objects.in_bulk(range(first, first + crowd.users))
    numbers = random.sample(range(crowd.sessions), some)
    began = datetime.now(UTC)
    for counter in range(times):
        now = began + (counter + 1) * EVERY
        for number in random.sample(numbers, some):
            user, sid = users[first + number % crowd.users], session_id(number)
            yield tokens.issue(user, kind=tokens.REFRESH, sid=sid, counter=counter, now=now), now


def tell(before: State, after: State) -> None:
    updates = after.updates - before.updates
    print(
        f"{updates:,} refreshes: {(after.hot - before.hot) / updates:.1%} HOT, {after.dead:,} dead rows, "
        f"indexes {before.indexes / 1e6:.1f} → {after.indexes / 1e6:.1f} MB, "
        f"{(after.wal - before.wal) / updates:,.0f} octets of WAL each"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument("--some", type=int, default=2_000, help="sessions that refresh")
    parser.add_argument("--times", type=int, default=20, help="each of them")
    parser.add_argument("--fillfactor", type=int, default=100)
    options = parser.parse_args()
    with database():
        with connection.cursor() as cursor:
            cursor.execute(STORAGE, [options.fillfactor])
            cursor.execute("SET synchronous_commit = off")
        crowd = Crowd(users=options.sessions // 10, sessions=options.sessions, dead=0)
        first, before = crowd.write(connection), State.read()
        for text, now in refresh_tokens(crowd, first, options.some, options.times):
            sessions.refresh(text, now=now)
        tell(before, State.read())


if __name__ == "__main__":
    main()
