"""What each step of a session costs, in statements, with a warm keyring: exactly these, and nothing else."""

from datetime import timedelta

import pytest
from django.db import connection

from django_jwtkit import sessions, tokens
from django_jwtkit.errors import RefreshReused, TokenError
from django_jwtkit.sessions import Session
from tests.support.aging import turn

HOME, ELSEWHERE = ("192.0.2.1", "Firefox"), ("203.0.113.9", "curl")


@pytest.fixture
def statements():
    """Return a function: the verbs of the statements that a call makes, and what it raised."""

    def statements(call, *arguments, **options):
        verbs = []

        def note(execute, sql, *rest):
            verbs.append(sql.split()[0])
            return execute(sql, *rest)

        with connection.execute_wrapper(note):
            try:
                call(*arguments, **options)
            except TokenError:
                verbs.append("refused")
        return " ".join(verbs)

    return statements


@pytest.fixture
def login(alice, request_from):
    """A login at home, with keys that have been looked at."""
    pair = sessions.start(alice, request=request_from(*HOME))
    tokens.verify(pair.access)
    tokens.verify(pair.refresh, kind=tokens.REFRESH)
    return pair


@pytest.fixture
def overtaken():
    """Return a function that refreshes, while another request does so between its SELECT and its UPDATE."""

    def overtaken(text, here, there):
        winners = [here]

        def then_the_winner(execute, *rest):
            answer = execute(*rest)
            if winners:
                sessions.refresh(text, request=winners.pop())
            return answer

        with connection.execute_wrapper(then_the_winner):
            return sessions.refresh(text, request=there)

    return overtaken


def test_a_login_is_one(login, alice, statements):
    """The row."""
    assert statements(sessions.start, alice) == "INSERT"


def test_a_login_with_a_limit_is_three(login, alice, statements, settings):
    """Which is the newest, the row, which are too many; and one for those that are."""
    settings.JWTKIT = {"MAX_SESSIONS": 2}
    assert statements(sessions.start, alice) == "SELECT INSERT SELECT"
    assert statements(sessions.start, alice) == "SELECT INSERT SELECT UPDATE"


def test_a_refresh_is_two(login, statements):
    """Session with user, and the UPDATE."""
    assert statements(sessions.refresh, login.refresh) == "SELECT UPDATE"


def test_a_retry_is_one(login, statements, request_from):
    """The look brings the database's time. Nothing is written; for the first from elsewhere, that it came."""
    again, elsewhere = request_from(*HOME), request_from(*ELSEWHERE)
    sessions.refresh(login.refresh, request=again)
    assert statements(sessions.refresh, login.refresh, request=again) == "SELECT"
    assert statements(sessions.refresh, login.refresh, request=elsewhere) == "SELECT UPDATE"
    assert statements(sessions.refresh, login.refresh, request=elsewhere) == "SELECT"


def test_an_answer_of_a_session_that_rests_is_one(login, statements, request_from, row):
    """A storm of reloads writes nothing."""
    again, elsewhere = request_from(*HOME), request_from(*ELSEWHERE)
    newest = sessions.refresh(login.refresh, request=again).refresh
    before = vars(row())
    assert statements(sessions.refresh, newest, request=again) == "SELECT"
    assert {name: value for name, value in vars(row()).items() if name != "_state"} == {
        name: value for name, value in before.items() if name != "_state"
    }
    assert statements(sessions.refresh, newest, request=elsewhere) == "SELECT UPDATE"
    assert statements(sessions.refresh, newest, request=elsewhere) == "SELECT"


def test_who_loses_a_race_makes_three(login, row, request_from, overtaken, statements):
    """And is given what the winner was. (The winner's own two come after the first.)"""
    here = request_from(*HOME)
    assert statements(overtaken, login.refresh, here, here) == "SELECT SELECT UPDATE UPDATE SELECT"
    assert (row().counter, row().strays) == (1, 0)


def test_a_race_lost_to_another_client_is_a_fourth(login, row, request_from, overtaken, statements):
    """The one case of more: that a second client has come must be noted."""
    verbs = statements(overtaken, login.refresh, request_from(*ELSEWHERE), request_from(*HOME))
    assert verbs == "SELECT SELECT UPDATE UPDATE SELECT UPDATE"
    assert (row().counter, row().strays) == (1, 1)


def test_reuse_is_two(login, statements):
    """The look, and the end."""
    turn(login.refresh, 2)
    assert statements(sessions.refresh, login.refresh) == "SELECT UPDATE refused"
    with pytest.raises(TokenError) as later:
        sessions.refresh(login.refresh)
    assert not isinstance(later.value, RefreshReused)


def test_a_token_of_an_ended_session_is_one(login, statements):
    """However often it comes."""
    sessions.end(tokens.verify(login.access)["sid"])
    assert statements(sessions.refresh, login.refresh) == "SELECT refused"
    assert statements(sessions.check, tokens.verify(login.access)) == "SELECT refused"


def test_a_check_is_one(login, statements):
    """Session joined with user."""
    assert statements(sessions.check, tokens.verify(login.access)) == "SELECT"


def test_an_end_is_one_and_of_all_two(login, alice, statements):
    """However many they are; the log's question whose session it was comes to one without `account`."""
    assert statements(sessions.end, tokens.verify(login.access)["sid"]) == "UPDATE SELECT"
    sid = tokens.verify(sessions.start(alice).access)["sid"]
    assert statements(sessions.end, sid, account=str(alice.pk)) == "UPDATE"
    for _ in range(3):
        sessions.start(alice)
    assert statements(sessions.end_all, alice) == "UPDATE SELECT"


def test_pruning_is_two_a_batch(login, alice, now, statements):
    """One to find and one to delete; after a full batch, one for its last day and one for later days."""
    for _ in range(5):
        sessions.start(alice)
    Session.objects.update(expires_at=now - timedelta(seconds=1))
    assert statements(sessions.prune, batch=4) == "SELECT DELETE SELECT SELECT DELETE"
