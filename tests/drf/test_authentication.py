"""The authentication class in a project's own views."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from rest_framework.test import APIRequestFactory, force_authenticate

from django_jwtkit import jose, keys, sessions, tokens
from django_jwtkit.drf import JWTAuthentication
from django_jwtkit.drf.views import LogoutView, SessionListView

pytestmark = pytest.mark.urls("tests.drf.project")
BEARER = 'Bearer realm="api"'


def refused(answer, detail, code="token_not_valid"):
    """Check a refusal to the letter."""
    assert answer.status_code == 401
    assert answer.json() == {"detail": detail, "code": code}
    challenge = f'{BEARER}, error="invalid_token", error_description="{detail}"'
    assert answer.headers["WWW-Authenticate"] == challenge
    return True


def test_a_good_token_is_its_user(api, alice, pair):
    """`request.user` is the row, `request.auth` the verified claims."""
    answer = api.get("/me/", pair.access)
    assert answer.status_code == 200
    assert answer.json() == {"username": "alice", "claims": tokens.verify(pair.access)}


def test_the_claims_are_a_fresh_dict(pair):
    """What a view does to them, the next request does not see."""
    request = APIRequestFactory().get("/", headers={"authorization": f"Bearer {pair.access}"})
    _, first = JWTAuthentication().authenticate(request)
    first["role"] = "admin"
    first.pop("sub")
    _, second = JWTAuthentication().authenticate(request)
    assert second == tokens.verify(pair.access)


@pytest.mark.threat("HTTP-011")
def test_no_token_is_told_how_to_bring_one(api):
    """401 with a challenge that names no error (RFC 6750 §3)."""
    answer = api.get("/me/")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == BEARER


@pytest.mark.threat("CFG-011")
@pytest.mark.parametrize("path", ["/me/", "/open/", "/behind/", "/stateless/"])
def test_a_bad_token_is_a_401_everywhere(api, alice, expired, path):
    """On a view open to all, and behind another class as well: it never falls through."""
    refused(api.get(path, "a.b.c"), "Token is invalid")
    refused(api.get(path, expired), "Token is expired")
    refused(api.get(path, sessions.start(alice).refresh), "Token has wrong type")


@pytest.mark.threat("COOK-002", "CFG-011")
def test_behind_session_authentication_drf_s_rules_hold(api, alice, pair):
    """Without credentials a 403, for there is no challenge for a cookie; with a token it works."""
    assert api.get("/behind/").status_code == 403
    assert api.get("/open/").json()["username"] == ""
    assert api.get("/behind/", pair.access).json()["username"] == "alice"


@pytest.mark.threat("USR-003")
def test_a_deleted_user(api, alice, pair):
    """401 with its own code."""
    alice.delete()
    refused(api.get("/me/", pair.access), "User not found", "user_not_found")


@pytest.mark.threat("USR-001", "USR-014")
def test_an_inactive_user(api, alice, pair):
    """At the very next request."""
    get_user_model().objects.update(is_active=False)
    refused(api.get("/me/", pair.access), "User is inactive", "user_inactive")


@pytest.mark.threat("USR-002", "USR-004")
@pytest.mark.parametrize("change", ["inactive", "deleted"])
def test_a_refresh_asks_for_the_user_too(api, alice, pair, change):
    """401, and no new token."""
    if change == "inactive":
        get_user_model().objects.update(is_active=False)
    else:
        alice.delete()
    answer = api.post("/api/token/refresh/", {"refresh": pair.refresh})
    assert answer.status_code == 401
    assert answer.json()["code"] in {"user_inactive", "user_not_found", "token_not_valid"}


@pytest.mark.threat("USR-006")
def test_a_changed_password_with_check_session(api, alice, pair, settings):
    """At the very next request; without the setting by the token's short life."""
    alice.set_password("another")
    alice.save()
    assert api.get("/me/", pair.access).status_code == 200
    settings.JWTKIT = {"CHECK_SESSION": True}
    refused(api.get("/me/", pair.access), "The user's password has been changed", "password_changed")


@pytest.mark.threat("USR-008")
def test_a_logout_with_check_session(api, pair, settings):
    """The access token dies with its session at once; a token without a session is refused."""
    settings.JWTKIT = {"CHECK_SESSION": True}
    assert api.get("/me/", pair.access).status_code == 200
    assert api.post("/api/logout/", token=pair.access).status_code == 204
    refused(api.get("/me/", pair.access), "Session has ended")
    refused(api.post("/api/logout/", token=pair.access), "Session has ended")


def test_a_token_without_session_is_refused_with_check_session(api, alice, settings):
    """Nobody could end it."""
    settings.JWTKIT = {"CHECK_SESSION": True}
    assert api.get("/me/", tokens.issue(alice)).status_code == 401


@pytest.mark.threat("USR-008", "USR-009")
def test_a_logout_ends_the_refresh_token(api, alice, pair):
    """Only that session; `logout/all/` the others as well."""
    others = [sessions.start(alice) for _ in range(2)]
    assert api.post("/api/logout/", token=pair.access).status_code == 204
    refused(api.post("/api/token/refresh/", {"refresh": pair.refresh}), "Session has ended")
    assert api.post("/api/token/refresh/", {"refresh": others[0].refresh}).status_code == 200
    assert api.post("/api/logout/all/", token=others[0].access).status_code == 204
    for other in others:
        refused(api.post("/api/token/refresh/", {"refresh": other.refresh}), "Session has ended")


@pytest.mark.threat("USR-010")
def test_permissions_come_from_the_database(alice):
    """No claim makes anybody staff."""
    text = tokens.issue(
        alice, claims={"is_staff": True, "is_superuser": True, "permissions": ["auth.add_user"]}
    )
    request = APIRequestFactory().get("/", headers={"authorization": f"Bearer {text}"})
    user, _ = JWTAuthentication().authenticate(request)
    assert not user.is_staff
    assert not user.is_superuser
    assert not user.has_perm("auth.add_user")


def test_a_revoked_key_ends_all_its_tokens(api, pair):
    """In this process at once."""
    kid = jose.unverified_header(pair.access)["kid"]
    assert api.get("/me/", pair.access).status_code == 200
    keys.revoke(kid, reason="stolen")
    refused(api.get("/me/", pair.access), "Token is invalid")


def test_an_encrypted_access_token_is_opened(api, alice, settings):
    """And the signed one inside is not accepted bare."""
    bare = tokens.issue(alice)
    settings.JWTKIT = {"ENCRYPT": ("access",)}
    pair = sessions.start(alice)
    assert pair.access.count(".") == 4
    assert api.get("/me/", pair.access).status_code == 200
    assert api.get("/me/", bare).status_code == 401
    for text in pair:
        assert api.post("/api/token/verify/", {"token": text}).status_code == 200
    assert api.post("/api/token/revoke/", {"token": pair.refresh}).json() == {}
    assert not sessions.live(alice).exists()


@pytest.mark.threat("CFG-012")
def test_requests_at_once_are_not_mixed_up(alice, bob):
    """Nothing of a request is kept on the class: two users, a thousand requests, eight threads."""
    texts = {str(user.pk): tokens.issue(user) for user in (alice, bob)}
    authentication = JWTAuthentication()
    authentication.get_user = lambda claims: (
        AnonymousUser()
    )  # the threads have no database of this test's transaction

    def ask(pk):
        request = APIRequestFactory().get("/", headers={"authorization": f"Bearer {texts[pk]}"})
        return authentication.authenticate(request)[1]["sub"] == pk

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, list(texts) * 500))


def test_the_views_are_not_loaded_with_the_class():
    """DRF resolves the class's name while its own views are half imported."""
    code = (
        "import sys, django; django.setup(); import django_jwtkit.drf; "
        "sys.exit('rest_framework.views' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


@pytest.mark.threat("HTTP-009", "COOK-002")
def test_a_cookie_changes_nothing(api, alice, bob, pair):
    """With another user's cookie beside it, the header says who asks."""
    api.client.force_login(bob)
    assert api.get("/me/", pair.access).json()["username"] == "alice"


@pytest.mark.threat("COOK-001", "COOK-003", "COOK-009", "COOK-010", "LOG-006")
def test_no_cookie_is_a_credential_and_none_is_set(api, alice, pair):
    """So no other site can make a browser log in, log out or end a session."""
    api.client.force_login(alice)
    cookies = set(api.client.cookies)
    for method, path in [("POST", "logout/"), ("POST", "logout/all/"), ("GET", "sessions/")]:
        assert api.ask(method, f"/api/{path}").status_code == 401
    assert api.log_in().status_code == 200
    assert api.post("/api/token/refresh/", {"refresh": pair.refresh}).status_code == 200
    assert set(api.client.cookies) == cookies


def test_drf_s_force_authenticate_has_no_session(alice):
    """In a project's tests there may be a user without a token."""
    request = APIRequestFactory().post("/")
    force_authenticate(request, alice)
    assert LogoutView.as_view()(request).status_code == 400
    request = APIRequestFactory().get("/")
    force_authenticate(request, alice)
    assert SessionListView.as_view()(request).data == []
