"""What a request costs, in queries, with a warm keyring."""

import pytest

from django_jwtkit import sessions, tokens
from django_jwtkit.jose import Key, jwt

pytestmark = pytest.mark.urls("tests.drf.project")


@pytest.fixture
def warm(api, pair):
    """The rings have been looked at."""
    api.get("/me/", pair.access)
    api.post("/api/token/verify/", {"token": pair.refresh})
    return pair


@pytest.mark.parametrize("check", [False, True])
def test_an_authenticated_request_costs_one_query(api, warm, settings, django_assert_num_queries, check):
    """The user's row; with `CHECK_SESSION` joined with the session's."""
    settings.JWTKIT = {"CHECK_SESSION": check}
    with django_assert_num_queries(1):
        assert api.get("/me/", warm.access).status_code == 200


@pytest.mark.threat("LEAK-013")
def test_nothing_is_asked_before_a_good_signature(api, warm, django_assert_num_queries):
    """Whoever has no key costs the database nothing."""
    head, claims, _ = warm.access.split(".")
    with django_assert_num_queries(0):
        for text in ("x", "a.b.c", f"{head}.{claims}.{'A' * 86}", f"{head}.e30.{'A' * 86}", warm.refresh):
            assert api.get("/me/", text).status_code == 401


def test_a_refresh_costs_two_queries(api, warm, django_assert_num_queries):
    """Over HTTP too: session with user, and the UPDATE."""
    with django_assert_num_queries(2):
        assert api.post("/api/token/refresh/", {"refresh": warm.refresh}).status_code == 200


def test_a_login_costs_three_queries(api, warm, django_assert_num_queries):
    """The user, the session's row, and Django's `last_login`."""
    with django_assert_num_queries(3):
        assert api.log_in().status_code == 200


def test_a_logout_costs_two_queries(api, warm, django_assert_num_queries):
    """The user, and the end; a transaction's own statements are not counted."""
    with django_assert_num_queries(2) as queries:
        assert api.post("/api/logout/", token=warm.access).status_code == 204
    assert len(queries) == 2


def test_the_list_of_sessions_costs_two_queries(api, alice, warm, django_assert_num_queries):
    """However many there are."""
    for _ in range(5):
        sessions.start(alice)
    with django_assert_num_queries(2):
        assert len(api.get("/api/sessions/", warm.access).json()) == 6


@pytest.mark.threat("USR-009")
def test_a_logout_everywhere_costs_what_one_costs(api, alice, warm, django_assert_max_num_queries):
    """Not a query a session."""
    for _ in range(5):
        sessions.start(alice)
    with django_assert_max_num_queries(6):
        assert api.post("/api/logout/all/", token=warm.access).status_code == 204
    assert not sessions.live(alice).exists()


def test_a_token_of_a_stranger_s_key_costs_one_look(api, alice, warm, django_assert_max_num_queries):
    """An unknown kid is looked up once in an interval, however many come."""
    claims = tokens.verify(warm.access)
    foreign = [jwt.encode(claims, Key.generate("ES256"), typ="at+jwt") for _ in range(5)]
    with django_assert_max_num_queries(3):
        assert {api.get("/me/", text).status_code for text in foreign} == {401}
