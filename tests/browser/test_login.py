"""The endpoints of `cookie_urls`: the tokens ride in cookies, and no body holds one."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import user_logged_out
from django.test import Client
from django.urls import reverse

from django_jwtkit import sessions, tokens
from django_jwtkit.drf.views import CookieObtainView
from tests.browser.conftest import ACCESS, REFRESH
from tests.drf.client import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.browser.project")]
NEITHER = "token_verify", "token_revoke", "token_introspect"


def attributes(answer, name):
    """Return the attributes of a cookie that `answer` sets."""
    cookie = answer.cookies[name]
    return {key: cookie[key] for key in ("path", "domain", "secure", "httponly", "samesite")}


def has_token(text):
    """Whether a compact JWS or JWE stands in `text`."""
    return re.search(r"e(yJ|yA|wo)[\w-]+\.[\w-]*\.", text) is not None


@pytest.mark.threat("COOK-003", "COOK-005", "COOK-010", "COOK-014")
def test_a_login_sets_two_cookies_and_shows_no_token(browser, alice):
    """HttpOnly, Secure, SameSite=Lax; the refresh cookie goes below the prefix of our views only."""
    answer = browser.log_in()
    assert answer.status_code == 200
    common = {"domain": "", "secure": True, "httponly": True, "samesite": "Lax"}
    assert attributes(answer, ACCESS) == {"path": "/", **common}
    assert attributes(answer, REFRESH) == {"path": "/api/", **common}
    assert list(answer.json()) == ["access_expires_at", "session_expires_at"]
    assert not has_token(answer.content.decode())
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Vary"] == "Authorization, Cookie"


def test_the_members_are_when_the_tokens_expire(browser, alice):
    """ISO 8601 in UTC; and so long does a browser keep the cookies."""
    answer = browser.log_in()
    access = tokens.verify(answer.cookies[ACCESS].value)
    refresh = tokens.verify(answer.cookies[REFRESH].value, kind=tokens.REFRESH)
    for member, claims, name in (
        ("access_expires_at", access, ACCESS),
        ("session_expires_at", refresh, REFRESH),
    ):
        assert answer.json()[member].endswith("Z")
        assert datetime.fromisoformat(answer.json()[member]).timestamp() == claims["exp"]
        assert abs(datetime.now(UTC).timestamp() + answer.cookies[name]["max-age"] - claims["exp"]) < 5


def test_a_browser_calls_and_refreshes(logged_in):
    """The access cookie authenticates; the refresh cookie renews both."""
    assert logged_in.get("/orders/").json()["username"] == "alice"
    before = logged_in.cookies[REFRESH].value
    answer = logged_in.post("/api/token/refresh/")
    assert answer.status_code == 200
    assert list(answer.json()) == ["access_expires_at", "session_expires_at"]
    assert not has_token(answer.content.decode())
    assert logged_in.cookies[REFRESH].value != before
    assert logged_in.post("/orders/").status_code == 201


def test_a_refresh_token_that_stays_is_not_set_again(logged_in, settings):
    """With `ROTATE_REFRESH` off."""
    settings.JWTKIT = {"ROTATE_REFRESH": False}
    answer = logged_in.post("/api/token/refresh/")
    assert (answer.status_code, list(answer.cookies)) == (200, [ACCESS])


def test_an_expired_access_cookie_does_not_spoil_a_refresh(logged_in, later):
    """Nor does one that is broken: the refresh cookie alone is read."""
    logged_in.put(ACCESS, "broken")
    assert logged_in.post("/api/token/refresh/").status_code == 200
    assert logged_in.get("/orders/").status_code == 200


@pytest.mark.parametrize("change", ["ended", "garbage", "access"])
def test_a_refused_refresh_deletes_both_cookies(logged_in, alice, change):
    """401, and the next request is anonymous."""
    if change == "ended":
        sessions.end_all(alice)
    else:
        logged_in.put(REFRESH, "x.y.z" if change == "garbage" else logged_in.cookies[ACCESS].value)
    answer = logged_in.post("/api/token/refresh/")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")
    assert logged_in.cookies == {}


def test_a_refresh_without_a_cookie_is_a_401(browser):
    """Nobody is logged in; a token in the body is ignored."""
    browser.get("/api/csrf/")
    assert browser.post("/api/token/refresh/").status_code == 401


def test_a_token_in_a_body_is_ignored(browser, alice, pair):
    """At the refresh and at the logout."""
    browser.get("/api/csrf/")
    for path in ("token/refresh/", "logout/"):
        browser.post(f"/api/{path}", {"refresh": pair.refresh, "token": pair.refresh})
    assert sessions.live(alice).get().counter == 0
    assert browser.cookies == {}


@pytest.mark.threat("COOK-007")
def test_a_logout_ends_the_session_and_really_deletes_both(logged_in, alice):
    """A jar that compares path and domain has neither cookie left."""
    answer = logged_in.post("/api/logout/")
    assert (answer.status_code, answer.content) == (204, b"")
    assert logged_in.cookies == {}
    assert not sessions.live(alice).exists()
    assert attributes(answer, REFRESH)["path"] == "/api/"
    assert all(answer.cookies[name]["secure"] for name in (ACCESS, REFRESH))


@pytest.mark.parametrize(
    "state", ["access expired", "access gone", "refresh gone", "refresh broken", "spent"]
)
def test_a_logout_from_a_stale_page_ends_the_session(logged_in, alice, state):
    """Whichever cookie is left says which; a spent refresh token does too."""
    if state == "access gone":
        logged_in.forget(ACCESS)
    elif state == "access expired":
        logged_in.put(ACCESS, tokens.issue(alice, lifetime=timedelta(seconds=1), now=None) + "x")
    elif state == "refresh gone":
        logged_in.forget(REFRESH)
    elif state == "refresh broken":
        logged_in.put(REFRESH, "x.y.z")
    else:
        spent = logged_in.cookies[REFRESH].value
        logged_in.post("/api/token/refresh/")
        logged_in.put(REFRESH, spent)
    assert logged_in.post("/api/logout/").status_code == 204
    assert logged_in.cookies == {}
    assert not sessions.live(alice).exists()


def test_a_logout_of_nobody_is_done_already(browser):
    """A second click is no error."""
    browser.get("/api/csrf/")
    assert browser.post("/api/logout/").status_code == 204


def test_a_logout_tells_django_once(logged_in, alice):
    """`user_logged_out` names the user, and an ended session is not ended again."""
    users = []

    def note(user, **rest):
        users.append(user)

    user_logged_out.connect(note)
    try:
        refresh = logged_in.cookies[REFRESH].value
        logged_in.post("/api/logout/")
        logged_in.post("/api/logout/", cookie=f"{REFRESH}={refresh}; csrftoken={logged_in.csrf}")
    finally:
        user_logged_out.disconnect(note)
    assert users == [alice]


def test_a_stale_cookie_does_not_spoil_a_login(logged_in, bob):
    """Whatever the cookies hold, the login replaces them."""
    for text in ("x.y.z", "", "\xe9"):
        logged_in.put(ACCESS, text)
        logged_in.put(REFRESH, text)
        assert logged_in.log_in("bob").status_code == 200
        assert logged_in.get("/orders/").json()["username"] == "bob"


def test_a_bad_login_sets_no_cookie(browser, alice):
    """The same 401 as for every client."""
    browser.get("/api/csrf/")
    answer = browser.post("/api/token/", {"username": "alice", "password": "wrong"})
    assert answer.status_code == 401
    assert answer.json() == {"detail": "No active account found with the given credentials"}
    assert browser.cookies == {}


def test_the_list_of_sessions_works_by_cookie(logged_in, alice):
    """And says which one asks."""
    other = sessions.start(alice)
    rows = logged_in.get("/api/sessions/").json()
    assert [row["current"] for row in rows] == [False, True]
    sid = tokens.verify(other.access)["sid"]
    assert logged_in.delete(f"/api/sessions/{sid}/").status_code == 204
    assert set(logged_in.cookies) == {ACCESS, REFRESH}


@pytest.mark.parametrize("way", ["all", "current"])
def test_ending_the_own_session_deletes_both_cookies(logged_in, alice, way):
    """`logout/all/`, and the DELETE of the current session."""
    sid = tokens.verify(logged_in.cookies[ACCESS].value)["sid"]
    method, path = {"all": ("POST", "logout/all/"), "current": ("DELETE", f"sessions/{sid}/")}[way]
    assert logged_in.ask(method, f"/api/{path}").status_code == 204
    assert logged_in.cookies == {}
    assert not sessions.live(alice).exists()


def test_csrf_hands_out_cookie_and_header(browser):
    """The same value, so that a page that can't read cookies has it too."""
    answer = browser.get("/api/csrf/")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.cookies["csrftoken"].value == answer.headers["X-CSRFToken"]
    again = browser.get("/api/csrf/")
    assert again.headers["X-CSRFToken"] == answer.headers["X-CSRFToken"]


def test_csrf_needs_no_middleware(browser, alice, settings):
    """Nor does the check: it is Django's, and ours to call."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "csrf" not in name.lower()]
    assert browser.get("/api/csrf/").cookies["csrftoken"].value
    assert browser.log_in().status_code == 200
    assert browser.post("/orders/").status_code == 201
    assert browser.post("/orders/", csrf=False).status_code == 403


def test_the_names_are_those_of_the_api():
    """A template needs no second set."""
    names = ["token_obtain_pair", "token_refresh", "logout", "logout_all", "session_list", "csrf"]
    assert [reverse(f"jwtkit:{name}") for name in names] == [
        *("/api/token/", "/api/token/refresh/", "/api/logout/", "/api/logout/all/", "/api/sessions/"),
        "/api/csrf/",
    ]


@pytest.mark.parametrize("path", ["verify", "revoke", "introspect"])
def test_what_takes_a_token_in_a_body_is_not_there(browser, path):
    """No body holds a token."""
    assert browser.post(f"/api/token/{path}/").status_code == 404


def test_the_refresh_cookie_goes_below_the_prefix_of_the_request(browser, alice):
    """Under another include another path, also where a part of it comes from the address."""
    answer = browser.log_in(prefix="/acme/api/")
    assert answer.cookies[REFRESH]["path"] == "/acme/api/"
    assert browser.post("/acme/api/token/refresh/").status_code == 200


def test_no_address_writes_attributes_of_a_cookie(browser, alice):
    """A semicolon in a prefix is quoted."""
    answer = browser.log_in(prefix="/x;domain=evil.example;/api/")
    assert answer.cookies[REFRESH]["path"] == "/x%3Bdomain%3Devil.example%3B/api/"
    assert "domain=evil" not in answer.cookies[REFRESH].OutputString().lower()


class TestSettings:
    """`COOKIES`: names and attributes."""

    def test_other_names_and_attributes(self, browser, alice, settings):
        """A partial dict is filled with the defaults."""
        settings.JWTKIT = {"COOKIES": {"ACCESS": "a", "SAMESITE": "Strict", "DOMAIN": "example.com"}}
        answer = browser.log_in()
        assert set(answer.cookies) == {"a", REFRESH}
        assert attributes(answer, "a") == {
            "path": "/",
            "domain": "example.com",
            "secure": True,
            "httponly": True,
            "samesite": "Strict",
        }

    @pytest.mark.parametrize(("more", "debug"), [({}, True), ({"SECURE": False}, False)])
    def test_without_secure_the_prefixes_are_left_off(self, browser, alice, settings, more, debug):
        """A browser would drop them: in development, or where it is asked for."""
        settings.DEBUG, settings.JWTKIT = debug, {"COOKIES": more}
        answer = browser.log_in()
        assert set(answer.cookies) == {"access", "refresh"}
        assert not answer.cookies["access"]["secure"]
        assert answer.cookies["access"]["httponly"]

    def test_secure_is_kept_in_development_where_it_is_asked_for(self, browser, alice, settings):
        """`SECURE: True`."""
        settings.DEBUG, settings.JWTKIT = True, {"COOKIES": {"SECURE": True}}
        assert set(browser.log_in().cookies) == {ACCESS, REFRESH}

    @pytest.mark.threat("COOK-006")
    def test_a_token_that_no_browser_keeps_is_an_error(self, alice, settings):
        """At the issue, and with a sentence that says what to do."""
        settings.JWTKIT = {"COOKIES": {}}
        with pytest.raises(ValueError, match="at most 3800 characters"):
            tokens.issue(alice, claims={"x": "y" * 3000})
        settings.JWTKIT = {}
        assert len(tokens.issue(alice, claims={"x": "y" * 3000})) > 3800

    @pytest.mark.threat("COOK-006")
    @pytest.mark.parametrize("jwtkit", [{}, {"COOKIES": {}}], ids=["included", "set"])
    def test_a_login_with_such_a_token_is_a_503(self, browser, alice, settings, jwtkit):
        """And leaves no session behind."""
        settings.JWTKIT = {"CLAIMS_FUNCTION": f"{__name__}.much", **jwtkit}
        answer = browser.log_in()
        assert (answer.status_code, dict(answer.cookies)) == (503, {})
        assert not sessions.live(alice).exists()

    def test_an_encrypted_token_fits(self, browser, alice, settings):
        """Into four kilobytes, with some claims."""
        settings.JWTKIT = {"ENCRYPT": ["access"], "CLAIMS_FUNCTION": f"{__name__}.some"}
        assert browser.log_in().status_code == 200
        assert browser.get("/orders/").status_code == 200


def much(user):
    return {"x": "y" * 3000}


def some(user):
    return {"x": "y" * 800}


def test_a_subclass_adds_members(rf, alice):
    """Also for browsers: one method, and still no token in the body."""

    class Login(CookieObtainView):
        def get_response_data(self, user, pair):
            return {**super().get_response_data(user, pair), "name": user.get_username()}

    body = {"username": "alice", "password": PASSWORD}
    request = rf.post("/api/token/", body, content_type="application/json")
    request._dont_enforce_csrf_checks = True
    answer = Login.as_view()(request)
    answer.render()
    assert answer.data["name"] == "alice"
    assert not has_token(answer.content.decode())
    assert set(answer.cookies) == {ACCESS, REFRESH}


@pytest.mark.threat("COOK-011")
def test_a_signed_cookie_of_the_projects_is_no_token(logged_in):
    """We read JWTs and nothing that `django.core.signing` has made."""
    response = Client().get("/open/")
    response.set_signed_cookie(ACCESS, "alice")
    logged_in.put(ACCESS, response.cookies[ACCESS].value)
    assert logged_in.get("/open/").status_code == 401
