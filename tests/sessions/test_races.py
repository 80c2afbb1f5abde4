"""Many at once, on a real database: nobody is refused, nobody's tokens are dead, nothing forks."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from django_jwtkit import sessions, tokens
from django_jwtkit.errors import SessionEnded
from django_jwtkit.sessions import Session
from tests.support.aging import let_pass, turn

pytestmark = pytest.mark.django_db(transaction=True)
MANY, ROUNDS = 10, 5


def at_once(call, arguments):
    """Call `call` with each of `arguments`, each in a thread of its own, all at the same moment."""
    start = threading.Barrier(len(arguments))

    def call_one(argument):
        start.wait()
        try:
            return call(argument)
        except SessionEnded as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(call_one, arguments))


@pytest.mark.threat("RFR-002", "RFR-022")
def test_parallel_refreshes_have_one_line_of_descent(pair, row, counter):
    """Each answer is of the same generation and alive, round for round."""
    text = pair.refresh
    for generation in range(1, ROUNDS + 1):
        answers = at_once(sessions.refresh, [text] * MANY)
        assert {counter(answer) for answer in answers} == {row().counter} == {generation}
        text = answers[-1].refresh
        let_pass()  # it turns once within the grace
    assert all(sessions.refresh(answer.refresh) for answer in answers)


@pytest.mark.threat("RFR-001")
def test_parallel_reuse_is_told_once(pair, row, heard):
    """A thief's many requests end one session one time."""
    turn(pair.refresh, 2)
    answers = at_once(sessions.refresh, [pair.refresh] * MANY)
    assert all(isinstance(answer, SessionEnded) for answer in answers)
    assert row().end_reason == "refresh_reused"
    assert len(heard.of("refresh_reused")) == len(heard.of("session_ended")) == 1


def test_a_logout_among_refreshes_is_the_end(pair, row):
    """Whatever the order: afterwards no token of the session is good."""
    sid = tokens.verify(pair.access)["sid"]
    jobs = [lambda: sessions.refresh(pair.refresh)] * (MANY - 1) + [lambda: sessions.end(sid)]
    answers = at_once(lambda job: job(), jobs)
    assert row().end_reason == "logout"
    for answer in (pair, *(answer for answer in answers if isinstance(answer, sessions.TokenPair))):
        with pytest.raises(SessionEnded):
            sessions.refresh(answer.refresh)


def test_parallel_logins_keep_the_limit(alice, settings):
    """Each trims after its own row is there, so the last one sees them all."""
    settings.JWTKIT = {"MAX_SESSIONS": 3}
    at_once(sessions.start, [alice] * MANY)
    assert Session.objects.count() == MANY
    assert sessions.live(alice).count() == 3


def test_pruning_beside_traffic_takes_only_the_dead(alice, now):
    """Two prunings, refreshes and logins at once."""
    for _ in range(60):
        sessions.start(alice)
    Session.objects.update(expires_at=now)
    pairs = [sessions.start(alice) for _ in range(4)]
    prunings = [lambda: sessions.prune(batch=7)] * 2
    refreshes = [lambda pair=pair: sessions.refresh(pair.refresh) for pair in pairs]
    logins = [lambda: sessions.start(get_user_model().objects.get())] * 2
    answers = at_once(lambda job: job(), [*prunings, *refreshes, *logins])
    assert sum(answers[:2]) == 60
    assert sessions.live(alice).count() == 6


@pytest.fixture
def two(database_server, alice, now):
    """The ids of two sessions of alice's that every statement meets in this order."""
    ids, day = [uuid.UUID(int=1), uuid.UUID(int=2)], timedelta(days=1)
    for number, pk in enumerate(ids, start=1):
        Session.objects.create(pk=pk, user=alice, expires_at=now + number * day, ends_by=now + 9 * day)
    return ids


def spare_this_transaction(users):
    """Have the other one undone: MariaDB undoes the smaller one, PostgreSQL the first to time out."""
    users.update(last_name="x")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL deadlock_timeout = '1min'")


BLOCKED = {
    "postgresql": "SELECT COUNT(*) FROM pg_locks AS wanted JOIN pg_locks AS granted USING (pid)"
    " JOIN pg_database ON granted.database = pg_database.oid"
    " WHERE NOT wanted.granted AND datname = current_database()",
    "mysql": "SELECT COUNT(*) FROM information_schema.processlist AS client"
    " JOIN information_schema.innodb_trx ON trx_mysql_thread_id = client.id"
    " WHERE trx_state = 'LOCK WAIT' AND client.db = DATABASE()",
}


def is_blocked():
    """Whether another connection waits for a lock in this database."""
    with connection.cursor() as cursor:
        cursor.execute(BLOCKED[connection.vendor])
        return cursor.fetchone()[0] > 0


def deadlocked(call, first, second):
    """Return what `call` returns, which a deadlock has undone: once, or twice where it came first again."""
    written = []

    def count(execute, sql, *rest):
        written.append(sql.startswith(("UPDATE", "DELETE")))
        return execute(sql, *rest)

    def run():
        with connection.execute_wrapper(count):
            answer = call()
        connection.close()
        assert sum(written) in {2, 3}
        return answer

    users = get_user_model().objects
    users.bulk_create(get_user_model()(username=f"user {number}") for number in range(50))
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            spare_this_transaction(users)
            Session.objects.filter(pk=second).update(user_agent="locked")
            future = pool.submit(run)
            while not is_blocked():
                assert not future.done()
                time.sleep(0.2)  # asked within 0.1 s, MariaDB repeats its last answer
            Session.objects.filter(pk=first).update(user_agent="locked")
        return future.result()


def test_a_logout_everywhere_that_a_deadlock_has_undone_is_done_again(alice, two):
    """Sessions in the one order here, in the other there: nobody gets an error for it."""
    assert deadlocked(lambda: sessions.end_all(alice), *two) == 2
    assert not sessions.live(alice).exists()


def test_a_pruning_that_a_deadlock_has_undone_is_done_again(alice, two, now):
    """And goes on."""
    Session.objects.update(expires_at=now)
    assert deadlocked(sessions.prune, *two) == 2
