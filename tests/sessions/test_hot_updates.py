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
SESSIONS, REFRESHES = 60, 20
COUNTS = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = %s"
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


@pytest.mark.django_db(transaction=True)
def test_nine_of_ten_refreshes_are_heap_only(postgresql, request_from, now):
    """At 20 refreshes of a session, an hour apart, so that its last day changes on the way."""
    users = [get_user_model().objects.create_user(f"user-{number}") for number in range(SESSIONS)]
    noon, request = (now + timedelta(days=1)).replace(hour=12), request_from()
    pairs = [sessions.start(user, request=request, now=noon) for user in users]
    before = updates()
    for hour in range(1, REFRESHES + 1):
        random.Random(hour).shuffle(pairs)
        later = noon + timedelta(hours=hour)
        pairs = [sessions.refresh(pair.refresh, request=request, now=later) for pair in pairs]
    every, hot = (after - count for after, count in zip(updates(), before, strict=True))
    assert Session.objects.values("expires_on").distinct().count() == 1
    assert every == SESSIONS * REFRESHES
    assert hot >= 0.9 * every
    assert hot <= every - SESSIONS  # the day of each has changed: the test can tell the difference


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
