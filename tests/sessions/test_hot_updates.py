"""Most refreshes are heap-only updates on PostgreSQL: they write no index entry, nor need a vacuum."""

import random
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from django_jwtkit import sessions
from django_jwtkit.sessions import Session

PAGE = Path(__file__).resolve().parents[2] / "docs" / "before-production.md"
TABLE = Session._meta.db_table
SESSIONS, REFRESHES, FEW = 60, 20, 6
COUNTS = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = %s"
IS_ALONE = "SELECT pg_snapshot_xmin(now) = pg_snapshot_xmax(now) FROM pg_current_snapshot() AS now"
STORAGE = "SELECT reloptions FROM pg_class WHERE relname = %s"


@pytest.fixture
def postgresql(database_server):
    if database_server != "postgresql":
        pytest.skip("only PostgreSQL has heap-only updates: JWTKIT_DATABASE=postgresql")


def ask(sql, params=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone() if cursor.description else None


def updates():
    """Return how many updates of sessions there were so far, and how many of them were heap-only."""
    if connection.pg_version < 15_00_00:
        pytest.skip("needs PostgreSQL 15, which can be asked for its statistics at once")
    ask("SELECT pg_stat_force_next_flush()")
    return ask(COUNTS, [TABLE])


def refresh_over_midnight(request, begin, times):
    """Refresh new sessions once an hour. Return how many updates that was, how many heap-only, and if alone.

    Other transactions of the server, of whichever database, may still need the old versions of rows.
    """
    users = [get_user_model().objects.create_user(f"user-{number}") for number in range(SESSIONS)]
    pairs = [sessions.start(user, request=request, now=begin) for user in users]
    before, is_alone = updates(), True
    for hour in range(1, times + 1):
        random.Random(hour).shuffle(pairs)
        later = begin + timedelta(hours=hour)
        pairs = [sessions.refresh(pair.refresh, request=request, now=later) for pair in pairs]
        is_alone = is_alone and ask(IS_ALONE)[0]
    every, hot = (after - count for after, count in zip(updates(), before, strict=True))
    assert every == SESSIONS * times
    return every, hot, is_alone


@pytest.fixture
def half_empty_pages(postgresql, transactional_db):
    """Pages on which all versions of a row fit, whether or not the server can clear old ones away."""
    ask(f"ALTER TABLE {TABLE} SET (fillfactor = 10)")
    yield
    ask(f"ALTER TABLE {TABLE} RESET (fillfactor)")


def test_each_refresh_is_heap_only_but_the_first_of_a_day(half_empty_pages, request_from, now):
    """No other column of an index changes."""
    evening = (now + timedelta(days=1)).replace(hour=20, minute=30)
    every, hot, _ = refresh_over_midnight(request_from(), evening, FEW)
    assert hot == every - SESSIONS


@pytest.mark.django_db(transaction=True)
def test_nine_of_ten_refreshes_are_heap_only(postgresql, request_from, now):
    """At 20 refreshes of a session, with the table as it is after `migrate`."""
    noon = (now + timedelta(days=1)).replace(hour=12)
    every, hot, is_alone = refresh_over_midnight(request_from(), noon, REFRESHES)
    if hot < 0.9 * every and not is_alone:
        pytest.skip("other programs write on this server, which then keeps old versions of rows")
    assert hot >= 0.9 * every


@pytest.mark.django_db
def test_the_advice_on_storage_runs(postgresql):
    """As the page has it."""
    (statement,) = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    with transaction.atomic():
        ask(statement)
        (options,) = ask(STORAGE, [TABLE])
        transaction.set_rollback(True)
    assert options
    assert all(f"{name} = {value}" in statement for name, value in (each.split("=") for each in options))
