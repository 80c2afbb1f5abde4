"""Many at once, on a real database: nobody is refused, nobody's tokens are dead, nothing forks."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from django_jwtkit import sessions, tokens
from django_jwtkit.errors import SessionEnded
from django_jwtkit.sessions import Session

pytestmark = pytest.mark.django_db(transaction=True)
MANY, ROUNDS = 10, 5


def at_once(call, arguments):
    """Call `call` with each of `arguments`, each in a thread of its own, all at the same moment."""
    start = threading.Barrier(len(arguments))

    def one(argument):
        start.wait()
        try:
            return call(argument)
        except SessionEnded as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(one, arguments))


@pytest.mark.threat("RFR-002", "RFR-022")
def test_parallel_refreshes_have_one_line_of_descent(pair, row, counter):
    """Each answer is of the same generation and alive, round for round."""
    shown = pair.refresh
    for generation in range(1, ROUNDS + 1):
        answers = at_once(sessions.refresh, [shown] * MANY)
        assert {counter(answer) for answer in answers} == {row().counter} == {generation}
        shown = answers[-1].refresh
    assert all(sessions.refresh(answer.refresh) for answer in answers)


@pytest.mark.threat("RFR-001")
def test_parallel_reuse_is_told_once(pair, row, heard):
    """A thief's many requests end one session one time."""
    sessions.refresh(sessions.refresh(pair.refresh).refresh)
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
    for answer in (pair, *(one for one in answers if isinstance(one, sessions.TokenPair))):
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
