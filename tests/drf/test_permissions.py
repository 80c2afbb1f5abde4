"""Scopes and step-up: permissions by what a token says, and the challenge of their refusals."""

from datetime import timedelta

import pytest
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from django_jwtkit import issuers, moments, sessions, tokens
from django_jwtkit.drf import JWTAuthentication
from django_jwtkit.drf.permissions import HasScope, RecentLogin, auth_time_of

pytestmark = pytest.mark.django_db
READ, WRITE = HasScope("orders.read"), HasScope("orders.read", "orders.write")
FIVE_MINUTES = RecentLogin(timedelta(minutes=5))


class Always(IsAuthenticated):
    """Lets every user in."""


def ask(text, *permissions, auth=None, user=None):
    """Return the answer of a view with `permissions` to a request with the token `text`."""

    class Fixed(JWTAuthentication):
        def authenticate(self, request):
            return (user, auth) if auth is not None else super().authenticate(request)

    class View(APIView):
        authentication_classes = (Fixed,)
        permission_classes = permissions

        def get(self, request):
            return Response({"ok": True})

    headers = {} if text is None else {"authorization": f"Bearer {text}"}
    return View.as_view()(APIRequestFactory().get("/", headers=headers))


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        ("orders.read orders.write", 200),
        ("orders.write  orders.read other", 200),
        (["orders.read", "orders.write"], 200),
        ("orders.read", 403),
        ("orders.readorders.write", 403),
        (["orders.read", 5], 403),
        ({"orders.read": 1, "orders.write": 1}, 403),
        ("", 403),
        (None, 403),
        (5, 403),
    ],
    ids=str,
)
def test_all_scopes_are_required(alice, scope, status):
    """As text that is split at blanks, or as a list."""
    text = tokens.issue(alice, claims={} if scope is None else {"scope": scope})
    assert ask(text, WRITE).status_code == status


def test_a_token_with_too_little_scope_is_told_which(alice):
    """RFC 6750 §3.1: 403, and the challenge names what is required."""
    answer = ask(tokens.issue(alice), WRITE)
    assert answer.status_code == 403
    assert answer.data["code"] == "insufficient_scope"
    assert answer.headers["WWW-Authenticate"] == (
        'Bearer realm="api", error="insufficient_scope", '
        'error_description="Token lacks a scope that is required", scope="orders.read orders.write"'
    )


def test_nobody_is_asked_to_log_in_first():
    """Without a token it is a 401, as ever."""
    for permission in (READ, FIVE_MINUTES):
        answer = ask(None, permission)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="api"')


@pytest.mark.parametrize(
    ("permission", "status", "has_challenge"),
    [
        (READ & Always, 403, True),
        (Always & READ, 403, True),
        (Always & (READ & Always), 403, True),
        (READ | Always, 200, False),
        (Always | READ, 200, False),
        (~READ, 200, False),
        (READ | WRITE, 403, False),
        ((READ | WRITE) & Always, 403, False),
        (READ & (Always | WRITE), 403, True),
        (FIVE_MINUTES | Always, 200, False),
        (Always & FIVE_MINUTES, 401, True),
    ],
)
def test_permissions_combine(alice, permission, status, has_challenge):
    """Within `|` and `~` a refusal is only False; another permission may still grant the request."""
    answer = ask(tokens.issue(alice), permission)
    assert answer.status_code == status
    assert ("WWW-Authenticate" in answer.headers) == has_challenge


@pytest.mark.parametrize("scopes", [(), ("",), ("a b",), ('a"',), ("é",), (5,), (["a"],)], ids=str)
def test_no_scope_that_a_token_cannot_have(scopes):
    """A mistake in the program, found when it starts."""
    with pytest.raises(ValueError, match="scopes must be"):
        HasScope(*scopes)


@pytest.mark.threat("TIME-066")
def test_a_login_grows_old(alice, later):
    """RFC 9470: 401, and the challenge says how recent the login must be; a new one will do."""
    pair = sessions.start(alice)
    assert ask(pair.access, FIVE_MINUTES).status_code == 200
    later(301)
    renewed = sessions.refresh(pair.refresh).access
    answer = ask(renewed, FIVE_MINUTES)
    assert (answer.status_code, answer.data["code"]) == (401, "insufficient_user_authentication")
    assert answer.headers["WWW-Authenticate"] == (
        'Bearer realm="api", error="insufficient_user_authentication", '
        'error_description="A more recent login is required", max_age="300"'
    )
    assert ask(sessions.start(alice).access, FIVE_MINUTES).status_code == 200


def test_a_token_that_does_not_say_when_is_not_recent(alice):
    """A program has issued it, and nobody has logged in."""
    assert ask(tokens.issue(alice), FIVE_MINUTES).status_code == 401


@pytest.mark.parametrize("auth_time", [True, "now", None, float("nan"), 10**12, -1, [1]], ids=str)
def test_a_time_that_is_none_is_not_recent(alice, auth_time):
    """Nor one that lies ahead."""
    assert ask("", FIVE_MINUTES, auth={"auth_time": auth_time}, user=alice).status_code == 401


def foreign(**more):
    """Return a verified token of another issuer."""
    claims = {"sub": "1", "role": "admin", **more.pop("claims", {})}
    return issuers.ForeignToken(claims=claims, issuer="https://id.example", subject="1", **more)


def test_foreign_tokens_are_read_too(alice):
    """By the scopes and the `auth_time` of their own issuer."""
    now = moments.now().timestamp()
    token = foreign(scopes=("orders.read",), claims={"auth_time": int(now) - 10})
    assert ask("", READ & FIVE_MINUTES, auth=token, user=alice).status_code == 200
    assert ask("", WRITE, auth=token, user=alice).status_code == 403
    assert (
        ask("", FIVE_MINUTES, auth=foreign(claims={"auth_time": int(now) - 999}), user=alice).status_code
        == 401
    )


def test_an_auth_time_of_simplejwt_is_the_projects_own(alice):
    """It says nothing of a login."""
    claims = tokens.simplejwt.SimpleJWTClaims({"auth_time": moments.now().timestamp()})
    assert auth_time_of(claims) is None


def test_a_demand_for_a_claim_of_ours_refuses_foreign_tokens():
    """A `get_user` that reads it by name is a 401, and never a 500."""
    with pytest.raises(Exception, match="no claim of ours"):
        foreign()["role"]
    assert foreign()["iss"] == "https://id.example"


@pytest.mark.parametrize(("max_age", "error"), [(300, TypeError), (timedelta(0), ValueError)])
def test_an_age_must_be_a_positive_timedelta(max_age, error):
    """A number could be minutes or seconds."""
    with pytest.raises(error, match="max_age must be"):
        RecentLogin(max_age)


@pytest.mark.urls("tests.drf.project")
def test_a_step_up_is_a_new_login_that_ends_the_old_session(api, alice, later):
    """As the page has it: 401, a login, the old refresh token revoked, and the call once more."""
    old = api.log_in().json()
    later(301)
    refreshed = api.post("/api/token/refresh/", {"refresh": old["refresh"]}).json()
    refused = ask(refreshed["access"], FIVE_MINUTES)
    assert (refused.status_code, refused.data["code"]) == (401, "insufficient_user_authentication")
    new = api.log_in().json()
    assert api.post("/api/token/revoke/", {"refresh": refreshed["refresh"]}).status_code == 200
    assert ask(new["access"], FIVE_MINUTES).status_code == 200
    assert api.post("/api/token/refresh/", {"refresh": refreshed["refresh"]}).status_code == 401
    assert api.post("/api/token/refresh/", {"refresh": new["refresh"]}).status_code == 200
