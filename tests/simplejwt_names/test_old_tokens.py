"""Tokens that simplejwt 5.5.1 itself has issued, given to the names that carry its modules here."""

from datetime import timedelta

import pytest
from rest_framework_simplejwt.tokens import AccessToken as TheirAccessToken
from rest_framework_simplejwt.tokens import RefreshToken as TheirRefreshToken

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.contrib.simplejwt.exceptions import TokenError
from django_jwtkit.contrib.simplejwt.state import token_backend
from django_jwtkit.contrib.simplejwt.tokens import AccessToken, RefreshToken, UntypedToken

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.simplejwt_names.project")]


@pytest.fixture(autouse=True)
def _bridge(settings):
    """Old tokens are accepted, as `SIMPLE_JWT` has them: here with simplejwt's own defaults."""
    settings.JWTKIT = {"ACCEPT_SIMPLEJWT": {"UNTIL": keys.now() + timedelta(days=7)}}


@pytest.fixture
def old(alice):
    """A pair of simplejwt's, with a claim of the project's own."""
    refresh = TheirRefreshToken.for_user(alice)
    refresh["role"] = "admin"
    return {"refresh": str(refresh), "access": str(refresh.access_token)}


def test_an_old_access_token_authenticates(api, alice, old):
    """And `request.auth` is its claims, unchanged."""
    answer = api.get("/mine/", old["access"]).json()
    assert answer["user"] == "alice"
    assert answer["claims"] == TheirAccessToken(old["access"]).payload


def test_an_old_access_token_is_read_as_ever(alice, old):
    """By each of the ways to read a token."""
    payload = TheirAccessToken(old["access"]).payload
    assert AccessToken(old["access"]).payload == payload
    assert UntypedToken(old["access"]).payload == payload
    assert token_backend.decode(old["access"]) == payload
    assert str(AccessToken(old["access"])) == old["access"]


def test_an_old_refresh_token_becomes_a_session_once(api, alice, old):
    """The answer has both members; its claims ride in the new tokens."""
    answer = api.post("/api/token/refresh/", {"refresh": old["refresh"]})
    assert answer.status_code == 200
    assert answer.json().keys() == {"access", "refresh"}
    claims = tokens.verify(answer.json()["access"])
    assert (claims["role"], claims["user_id"], claims["token_type"]) == ("admin", str(alice.pk), "access")
    assert sessions.live(alice).get().origin == "simplejwt"


def test_claims_that_do_not_fit_are_left_out(api, alice, caplog):
    """The login goes on, and a line names the remedy."""
    refresh = TheirRefreshToken.for_user(alice)
    refresh["permissions"] = ["a.very_long_name_of_a_permission"] * 100
    answer = api.post("/api/token/refresh/", {"refresh": str(refresh)})
    assert answer.status_code == 200
    assert "permissions" not in tokens.verify(answer.json()["access"])
    assert "CLAIMS_FUNCTION" in caplog.text


def test_an_old_token_verifies(api, alice, old):
    """Of either type."""
    for text in old.values():
        answer = api.post("/api/token/verify/", {"token": text})
        assert (answer.status_code, answer.json()) == (200, {})


def test_a_blacklisted_old_token_becomes_no_session(api, alice, old):
    """The logout of a client that has not refreshed yet."""
    answer = api.post("/api/token/blacklist/", {"refresh": old["refresh"]})
    assert (answer.status_code, answer.json()) == (200, {})
    for path in ("refresh", "verify"):
        answer = api.post(f"/api/token/{path}/", {"refresh": old["refresh"], "token": old["refresh"]})
        assert answer.status_code == 401
        assert answer.json() == {"detail": "Token is blacklisted", "code": "token_not_valid"}
    assert not sessions.live(alice).exists()


def test_a_logout_with_the_old_token_ends_the_session_that_it_became(api, alice, old):
    """A client may still have both."""
    api.post("/api/token/refresh/", {"refresh": old["refresh"]})
    assert api.post("/api/token/blacklist/", {"refresh": old["refresh"]}).status_code == 200
    assert not sessions.live(alice).exists()


def test_a_program_that_reads_an_old_refresh_token_goes_on(alice, old):
    """Its access token is of the session that the old one becomes then."""
    refresh = RefreshToken(old["refresh"])
    assert refresh["role"] == "admin"
    claims = tokens.verify(str(refresh.access_token))
    assert (claims["role"], claims["sid"]) == ("admin", str(sessions.live(alice).get().pk))
    assert tokens.verify(str(refresh), kind=tokens.REFRESH)["sid"] == claims["sid"]


@pytest.mark.parametrize(("kind", "other"), [(AccessToken, "refresh"), (RefreshToken, "access")])
def test_an_old_token_of_the_other_type_is_refused(alice, old, kind, other: str):
    """A kind is never accepted for another."""
    with pytest.raises(TokenError, match="wrong type"):
        kind(old[other])


def test_without_the_bridge_an_old_token_is_refused(api, alice, old, settings):
    """At each endpoint, with 401."""
    settings.JWTKIT = {}
    assert api.get("/mine/", old["access"]).status_code == 401
    for path in ("refresh", "verify", "blacklist"):
        answer = api.post(f"/api/token/{path}/", {"refresh": old["refresh"], "token": old["refresh"]})
        assert answer.status_code == 401


def test_a_token_that_names_nobody_of_ours_is_refused(api, alice, old):
    """The claim `sub_field`, which ours have, is no more than a claim in an old one."""
    refresh = TheirRefreshToken.for_user(alice)
    refresh["sub_field"] = ""
    assert api.get("/mine/", str(refresh.access_token)).json()["user"] == "alice"


@pytest.mark.parametrize("gone", ["inactive", "deleted"])
def test_an_old_token_of_a_user_who_is_gone_is_refused(api, alice, old, gone: str):
    """With the answers of a new one."""
    alice.delete() if gone == "deleted" else type(alice).objects.update(is_active=False)
    code = {"deleted": "user_not_found", "inactive": "user_inactive"}[gone]
    assert api.get("/mine/", old["access"]).json()["code"] == code
    answer = api.post("/api/token/refresh/", {"refresh": old["refresh"]})
    assert (answer.status_code, answer.json()) == (
        401,
        {"detail": "No active account found for the given token."},
    )
