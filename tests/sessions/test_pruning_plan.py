"""Pruning goes along the index of the day of `expires_at`, by each database's own word."""

import random
from datetime import timedelta

import pytest
from django.db import connection

from django_jwtkit import sessions
from django_jwtkit.sessions import Session

ROWS, BATCH = 12_000, 100
INDEX = "jwtkit_session_expires"
# How to have statistics taken, and how to ask for a plan.
DIALECTS = {
    "sqlite": ("ANALYZE", "EXPLAIN QUERY PLAN "),
    "postgresql": ("ANALYZE jwtkit_session", "EXPLAIN "),
    "mysql": ("ANALYZE TABLE jwtkit_session", "EXPLAIN "),
}


def ask(sql, params=None):
    """Return what the database answers, as text."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return str(cursor.fetchall() if cursor.description else "")


@pytest.fixture
def many(alice, now):
    """Thousands of sessions, every other one of them dead, and a database that knows how many."""
    dice = random.Random(1)
    whenever = (now + timedelta(minutes=dice.randrange(-90_000, 90_000)) for _ in range(ROWS))
    Session.objects.bulk_create(
        [Session(user=alice, expires_at=at, ends_by=at, user_agent="x" * 200) for at in whenever],
        batch_size=1000,
    )
    ask(DIALECTS[connection.vendor][0])


@pytest.mark.threat("DOS-016")
@pytest.mark.django_db(transaction=True)  # MariaDB's ANALYZE commits
def test_each_statement_of_a_batch_goes_along_the_index(many):
    """Whatever is alive is not looked at, however much of it there is."""
    statements = {}

    def note(execute, sql, params, *rest):
        if Session._meta.db_table in sql:  # the database is asked for its time as well
            statements.setdefault(sql.split()[0], (sql, params))
        return execute(sql, params, *rest)

    with connection.execute_wrapper(note):
        assert sessions.prune(batch=BATCH) > BATCH
    assert sorted(statements) == ["DELETE", "SELECT"]
    for verb in ("SELECT", "DELETE"):
        sql, params = statements[verb]
        plan = ask(DIALECTS[connection.vendor][1] + sql, params)
        assert INDEX in plan, plan
        assert "Seq Scan" not in plan, plan
