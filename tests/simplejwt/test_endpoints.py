"""Old tokens at every endpoint, as a client of before meets them."""

import json

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import override_settings
from django.urls import include, path
from rest_framework.response import Response
from rest_framework.views import APIView

from django_jwtkit import sessions, tokens
from django_jwtkit.drf import JWTAuthentication, JWTStatelessAuthentication
from django_jwtkit.sessions import Session
from tests.simplejwt.issuing import OldIssuer, ago

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
INVALID = {"detail": "Token is invalid", "code": "token_not_valid"}
WRONG_TYPE = {"detail": "Token has wrong type", "code": "token_not_valid"}
ENDED = {"detail": "Session has ended", "code": "token_not_valid"}


class ClaimsView(APIView):
    """The claims of the request's token, and the user that they name."""

    authentication_classes = (JWTAuthentication,)

    def get(self, request):
        return Response({"user": request.user.pk, "auth": request.auth})


class StatelessView(ClaimsView):
    authentication_classes = (JWTStatelessAuthentication,)


urlpatterns = [
    path("api/", include("django_jwtkit.drf.urls")),
    path("claims/", ClaimsView.as_view()),
    path("stateless/", StatelessView.as_view()),
]


@pytest.fixture
def ask(client):
    """Return a function: status and body of an answer."""

    def send(method, where, text=None, **body):
        headers = {} if text is None else {"authorization": f"Bearer {text}"}
        answer = client.generic(method, where, json.dumps(body), "application/json", headers=headers)
        return answer.status_code, answer.json() if answer.content else None

    return send


def test_an_old_access_token_authenticates(issuer, alice, ask):
    """`request.auth` is its claims, unchanged."""
    text = issuer.access(alice, role="admin")
    status, body = ask("GET", "/claims/", text)
    assert (status, body["user"]) == (200, alice.pk)
    assert body["auth"] == dict(tokens.simplejwt.verify(text))
    assert ask("GET", "/stateless/", text)[1]["user"] == str(alice.pk)


def test_check_session_does_not_concern_old_tokens(bridge, issuer, alice, ask):
    """They have no session, and are accepted without one; ours without one are refused."""
    bridge(CHECK_SESSION=True)
    assert ask("GET", "/claims/", issuer.access(alice, sid="mine"))[0] == 200
    assert ask("GET", "/claims/", tokens.issue(alice))[0] == 401


def test_a_refresh_gives_tokens_of_ours(issuer, alice, ask):
    """And the next refresh is one of ours."""
    status, body = ask("POST", "/api/token/refresh/", refresh=issuer.refresh(alice))
    assert (status, sorted(body)) == (200, ["access", "refresh"])
    assert ask("GET", "/claims/", body["access"])[0] == 200
    assert ask("POST", "/api/token/refresh/", refresh=body["refresh"])[0] == 200


def test_without_rotation_a_refresh_gives_an_access_token(bridge, issuer, alice, ask):
    """As simplejwt does by default, as often as the client asks."""
    bridge(ROTATE_REFRESH=False)
    old = issuer.refresh(alice)
    for _ in range(3):
        status, body = ask("POST", "/api/token/refresh/", refresh=old)
        assert (status, list(body)) == (200, ["access"])


def test_verify_judges_as_the_views_do(issuer, alice, ask):
    """Access and refresh tokens; of a refresh token it does not say whether it is spent."""
    access, refresh = issuer.access(alice), issuer.refresh(alice)
    for text in (access, refresh):
        assert ask("POST", "/api/token/verify/", token=text) == (200, {})
    ask("POST", "/api/token/refresh/", refresh=refresh)
    assert ask("POST", "/api/token/verify/", token=refresh) == (200, {})
    sessions.end_all(alice)
    for text in (access, refresh):
        assert ask("POST", "/api/token/verify/", token=text) == (401, ENDED)


def test_introspection_judges_as_the_views_do(issuer, alice, ask):
    """A refresh token is never active, and a custom sid is no session."""
    auditor = get_user_model().objects.create_user("auditor")
    auditor.user_permissions.add(Permission.objects.get(codename="introspect_token"))
    by = tokens.issue(auditor)
    status, body = ask("POST", "/api/token/introspect/", by, token=issuer.access(alice, sid="mine"))
    assert (status, body["active"], body["sub"], "sid" in body) == (200, True, str(alice.pk), False)
    inactive = (200, {"active": False})
    assert ask("POST", "/api/token/introspect/", by, token=issuer.refresh(alice)) == inactive
    access = issuer.access(alice)
    sessions.end_all(alice)
    assert ask("POST", "/api/token/introspect/", by, token=access) == inactive


def test_a_revoked_refresh_token_is_exchanged_no_more(issuer, alice, ask):
    """An access token has no session to end, and a bad token needs no revocation."""
    old = issuer.refresh(alice)
    assert ask("POST", "/api/token/revoke/", token=old) == (200, {})
    assert ask("POST", "/api/token/refresh/", refresh=old) == (401, ENDED)
    unsupported = (400, {"error": "unsupported_token_type"})
    assert ask("POST", "/api/token/revoke/", token=issuer.access(alice)) == unsupported
    assert ask("POST", "/api/token/revoke/", token=issuer.refresh(alice, exp=ago(days=1))) == (200, {})
    gone = issuer.refresh(alice, user_id="77")
    assert ask("POST", "/api/token/revoke/", token=gone) == (200, {})


def test_a_logout_refuses_older_tokens_of_the_user(issuer, alice, ask):
    """There is no session that could end: the user's cut-off takes its place."""
    access, refresh = issuer.access(alice), issuer.refresh(alice)
    assert ask("POST", "/api/logout/", access) == (204, None)
    assert ask("GET", "/claims/", access) == (401, ENDED)
    assert ask("POST", "/api/token/refresh/", refresh=refresh) == (401, ENDED)


def test_the_list_of_sessions_has_no_current_one(issuer, alice, ask):
    """A custom sid in an old token is nobody's session."""
    sessions.start(alice)
    sid = str(Session.objects.get().pk)
    status, body = ask("GET", "/api/sessions/", issuer.access(alice, sid=sid))
    assert (status, [each["current"] for each in body]) == (200, [False])


@pytest.mark.threat("ALG-001")
def test_what_is_neither_old_nor_ours_is_a_401(issuer, alice, ask):
    """Never a 500, and never a row."""
    stranger = OldIssuer({"SIGNING_KEY": "the secret of somebody else"})
    parts = issuer.access(alice).split(".")
    for text, body in (
        (stranger.access(alice), INVALID),
        (f"{parts[0]}.{parts[1]}.", INVALID),
        (issuer.access(alice, user_id=[]), INVALID),
        (issuer.access(alice, jti="x" * 300), INVALID),
        (issuer.refresh(alice), WRONG_TYPE),
        (issuer.sliding(alice), WRONG_TYPE),
        (issuer.access(alice, exp=ago(minutes=1)), {**INVALID, "detail": "Token is expired"}),
        (issuer.access(alice, user_id="77"), {"detail": "User not found", "code": "user_not_found"}),
    ):
        assert ask("GET", "/claims/", text) == (401, body)
        assert ask("POST", "/api/token/refresh/", refresh=text)[0] in {401, 200}
    assert Session.objects.count() == 1  # of the one good refresh token


def test_settings_that_verify_nothing_are_a_503(issuer, alice, ask, settings):
    """`check` names what is wrong; the token is not to blame."""
    text = issuer.access(alice)
    settings.SIMPLE_JWT = {"ALGORITHM": "RS256"}
    assert ask("GET", "/claims/", text) == (503, {"detail": "Token service is unavailable"})


def test_without_the_bridge_old_tokens_are_refused(issuer, alice, ask):
    """In the words for any other token."""
    text, refresh = issuer.access(alice), issuer.refresh(alice)
    with override_settings(JWTKIT={}):
        assert ask("GET", "/claims/", text) == (401, INVALID)
        assert ask("POST", "/api/token/refresh/", refresh=refresh) == (401, WRONG_TYPE)
