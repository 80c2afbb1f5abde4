"""Recipes of simplejwt's documentation, with the import prefix replaced and nothing else."""

import pytest

from django_jwtkit import sessions, tokens
from tests.drf.client import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.simplejwt_names.project")]

CREDENTIALS = {"username": "alice", "password": PASSWORD}


def test_get_token_adds_a_claim_and_validate_a_member(api, alice):
    """And the claim stays over a refresh."""
    answer = api.post("/claims/", CREDENTIALS).json()
    assert answer.keys() == {"refresh", "access", "user"}
    assert tokens.verify(answer["access"])["name"] == "alice"
    again = api.post("/api/token/refresh/", {"refresh": answer["refresh"]}).json()
    assert tokens.verify(again["access"])["name"] == "alice"


def test_a_login_is_one_session_that_knows_its_client(api, alice):
    """Though `for_user` is given no request."""
    api.post("/claims/", CREDENTIALS, **{"User-Agent": "curl/8"})
    session = sessions.live(alice).get()
    assert (session.address, session.user_agent) == ("127.0.0.1", "curl/8")


def test_a_refresh_serializer_may_read_the_token_that_it_has_renewed(api, alice):
    """As recipes do that add the user to the answer."""
    refresh = api.log_in().json()["refresh"]
    assert api.post("/sized/", {"refresh": refresh}).json()["user_id"] == str(alice.pk)


def test_request_auth_is_the_token(api, alice):
    """With the claims that front ends read."""
    claims = api.get("/mine/", api.log_in().json()["access"]).json()["claims"]
    assert (claims["user_id"], claims["token_type"]) == (str(alice.pk), "access")
    assert "sub" not in claims


def test_a_token_of_our_own_views_is_accepted_too(api, alice):
    """Both urls may be included while a project moves."""
    claims = api.get("/mine/", sessions.start(alice).access).json()["claims"]
    assert (claims["user_id"], claims["token_type"]) == (str(alice.pk), "access")


def test_a_stateless_view_knows_the_claims(api, alice, django_assert_num_queries):
    """Without a query."""
    from django_jwtkit.contrib.simplejwt.tokens import AccessToken

    token = AccessToken.for_user(alice)
    token["role"] = "admin"
    text = str(token)
    with django_assert_num_queries(0):
        answer = api.get("/stateless/", text)
    assert answer.json() == {"id": str(alice.pk), "username": "", "role": "admin"}


def test_last_login_is_written_where_it_was(api, alice, settings):
    """`UPDATE_LAST_LOGIN` still decides."""
    api.log_in()
    alice.refresh_from_db()
    assert alice.last_login is None
    settings.SIMPLE_JWT = {"UPDATE_LAST_LOGIN": True}
    api.log_in()
    alice.refresh_from_db()
    assert alice.last_login is not None


def test_hooks_of_the_login_are_called(api, alice, settings):
    """With the password masked."""
    settings.SIMPLE_JWT = {"ON_LOGIN_FAILED": f"{__name__}.note_failure"}
    failures.clear()
    api.log_in(password="wrong")
    assert failures == [{"username": "alice", "password": "********************"}]


failures: list[dict[str, str]] = []


def note_failure(credentials, request):
    """An `ON_LOGIN_FAILED`."""
    failures.append(dict(credentials))


def test_a_path_into_the_old_package_means_the_name_here(api, alice, settings):
    """`SIMPLE_JWT` may stay as it is: many have copied its defaults."""
    settings.SIMPLE_JWT = {
        "AUTH_TOKEN_CLASSES": ("rest_framework_simplejwt.tokens.AccessToken",),
        "TOKEN_OBTAIN_SERIALIZER": "rest_framework_simplejwt.serializers.TokenObtainPairSerializer",
    }
    assert api.get("/mine/", api.log_in().json()["access"]).status_code == 200


def test_another_scheme_and_header_still_work(api, alice, settings):
    """In any case; the challenge names the first."""
    settings.SIMPLE_JWT = {"AUTH_HEADER_TYPES": ("JWT",), "AUTH_HEADER_NAME": "HTTP_X_ACCESS"}
    access = api.log_in().json()["access"]
    assert api.get("/mine/", **{"X-Access": f"jwt {access}"}).status_code == 200
    assert api.get("/mine/", access)["WWW-Authenticate"] == 'JWT realm="api"'


def test_guesses_are_counted_like_those_at_our_own_login(api, alice, settings):
    """Five wrong passwords, then the right one: throttled."""
    from rest_framework.settings import api_settings

    rates = {"jwtkit_account": "5/hour"}
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    assert rates == api_settings.DEFAULT_THROTTLE_RATES
    for _ in range(5):
        assert api.log_in(password="wrong").status_code == 401
    assert api.log_in().status_code == 429
