"""`ROTATE_REFRESH` off: one refresh token for a whole login, for clients that never store another."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from django_jwtkit import sessions, tokens
from django_jwtkit.errors import PasswordChanged, RefreshReused, SessionEnded, TokenExpired, UserInactive
from tests.sessions.test_races import MANY

DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture(autouse=True)
def no_rotation(settings):
    """Switch rotation off, as the clients here need it."""
    settings.JWTKIT = {"ROTATE_REFRESH": False}


def test_a_refresh_token_stays_the_same(pair, row):
    """Its text comes back, the access token is new, and the counter stands."""
    answers = [sessions.refresh(pair.refresh) for _ in range(3)]
    assert {answer.refresh for answer in answers} == {pair.refresh}
    assert len({answer.access for answer in answers}) == 3
    assert all(sessions.check(tokens.verify(answer.access)).pk == row().user_id for answer in answers)
    assert (row().counter, row().rotated_at) == (0, None)


def test_the_login_ends_when_its_refresh_token_does(alice, row, now):
    """No refresh extends `expires_at`: without a new token that would promise what no client could use."""
    pair = sessions.start(alice, now=now)
    ends = row().expires_at
    sessions.refresh(pair.refresh, now=now + 13 * DAY)
    assert row().expires_at == ends
    with pytest.raises(TokenExpired):
        sessions.refresh(pair.refresh, now=now + 14 * DAY)


def test_a_counter_spent_before_the_switch_is_reuse(alice, settings, now, row):
    """The client has a newer one, or somebody else has."""
    settings.JWTKIT = {}
    first = sessions.start(alice, now=now)
    second = sessions.refresh(first.refresh, now=now)
    settings.JWTKIT = {"ROTATE_REFRESH": False}
    assert sessions.refresh(second.refresh, now=now + MINUTE).refresh == second.refresh
    with pytest.raises(RefreshReused):
        sessions.refresh(first.refresh, now=now + MINUTE)
    assert row().end_reason == "refresh_reused"


def test_the_loser_of_a_race_at_the_switch_gets_the_newest_token(alice, settings, now, counter):
    """Its own would be reuse a moment later."""
    settings.JWTKIT = {}
    first = sessions.start(alice, now=now)
    sessions.refresh(first.refresh, now=now)
    settings.JWTKIT = {"ROTATE_REFRESH": False}
    assert counter(sessions.refresh(first.refresh, now=now + SECOND)) == 1


def test_rotation_that_is_switched_on_again_goes_on(pair, settings, counter):
    """The next refresh turns the session."""
    sessions.refresh(pair.refresh)
    settings.JWTKIT = {}
    assert counter(sessions.refresh(pair.refresh)) == 1


def test_a_use_is_noted_once_a_minute(alice, row, now, request_from, django_assert_num_queries):
    """Nine of ten answers are one SELECT; another client is noted at once."""
    pair = sessions.start(alice, now=now, request=request_from())
    with django_assert_num_queries(1):
        sessions.refresh(pair.refresh, now=now + 59 * SECOND, request=request_from())
    assert row().last_used_at == now
    with django_assert_num_queries(2):
        sessions.refresh(pair.refresh, now=now + MINUTE, request=request_from())
    assert row().last_used_at == now + MINUTE
    sessions.refresh(pair.refresh, now=now + MINUTE, request=request_from("198.51.100.1"))
    assert row().address == "198.51.100.1"


def test_an_ended_session_answers_no_more(pair, row):
    """A logout is a logout."""
    sessions.end(row().pk)
    with pytest.raises(SessionEnded):
        sessions.refresh(pair.refresh)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [({"is_active": False}, UserInactive), ({"password": "md5$x$y"}, PasswordChanged)],
)
def test_a_user_who_must_not_refresh_does_not(pair, change, refusal):
    """Rotation has nothing to do with it."""
    get_user_model().objects.update(**change)
    with pytest.raises(refusal):
        sessions.refresh(pair.refresh)


@pytest.mark.django_db(transaction=True)
def test_parallel_refreshes_all_get_an_access_token(alice, row, now, request_from):
    """A minute after the login each also wants to note its use; none fails and none ends the session."""
    pair = sessions.start(alice, now=now - MINUTE)
    start = threading.Barrier(MANY)

    def refresh(number):
        start.wait()
        try:
            return sessions.refresh(pair.refresh, request=request_from(f"192.0.2.{number}"))
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as pool:
        answers = list(pool.map(refresh, range(MANY)))
    assert {answer.refresh for answer in answers} == {pair.refresh}
    assert (row().counter, row().ended_at) == (0, None)


@pytest.mark.django_db(transaction=True)
def test_a_logout_among_kept_tokens_is_the_end(alice, row):
    """An answer that is on its way cannot bring the session back."""
    pair = sessions.start(alice)
    jobs = [lambda: sessions.refresh(pair.refresh)] * (MANY - 1) + [lambda: sessions.end(row().pk)]

    def run(job):
        try:
            return job()
        except SessionEnded as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as pool:
        list(pool.map(run, jobs))
    assert row().end_reason == "logout"
    with pytest.raises(SessionEnded):
        sessions.refresh(pair.refresh)
