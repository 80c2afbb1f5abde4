"""What a cookie may do, and what another site can make it do: nothing."""

import itertools

import pytest

from django_jwtkit import sessions, tokens
from django_jwtkit.drf import JWTCookieAuthentication
from tests.browser.conftest import ACCESS, REFRESH
from tests.drf.client import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.browser.project")]
OTHER_SECRET = "x" * 32

# The matrix: a method, where a token comes, whether it is good, and the CSRF token.
METHODS = ("GET", "POST")
TRANSPORTS = ("header", "cookie", "both")
TOKENS = ("good", "stale", "absent")
CSRF = ("good", "bad", "absent")


def expected(method, transport, token, csrf):
    """Return the status that the contract promises."""
    if token == "absent":
        return 401
    if token == "stale":
        return 401
    if method == "POST" and transport == "cookie" and csrf != "good":
        return 403
    return 200 if method == "GET" else 201


@pytest.mark.threat("COOK-001", "COOK-002", "COOK-009")
@pytest.mark.parametrize(
    ("method", "transport", "token", "csrf"), list(itertools.product(METHODS, TRANSPORTS, TOKENS, CSRF))
)
def test_each_field_of_the_matrix(logged_in, alice, method, transport, token, csrf):
    """Only an unsafe request by cookie needs a CSRF token; a header is never in need of one."""
    good = logged_in.cookies[ACCESS].value
    text = {"good": good, "stale": good[:-9] + "AAAAAAAAA", "absent": None}[token]
    headers, cookies = {}, []
    if transport != "cookie" and text is not None:
        headers["authorization"] = f"Bearer {text}"
    if transport != "header" and text is not None:
        cookies.append(f"{ACCESS}={text}")
    cookies.append(f"csrftoken={logged_in.csrf}")
    if csrf != "absent":
        headers["x-csrftoken"] = logged_in.csrf if csrf == "good" else OTHER_SECRET
    answer = logged_in.ask(method, "/orders/", csrf=False, cookie="; ".join(cookies), **headers)
    assert answer.status_code == expected(method, transport, token, csrf)
    if answer.status_code == 403:
        assert answer.json()["code"] == "csrf_failed"
        assert answer.json()["detail"].startswith("CSRF Failed: ")
    is_refused_cookie = transport == "cookie" and token == "stale"
    assert (ACCESS in answer.cookies) == is_refused_cookie
    assert "Cookie" in answer.headers["Vary"]


@pytest.mark.threat("COOK-001")
def test_a_failed_check_costs_no_query(logged_in, django_assert_num_queries):
    """It comes after the signature and before the user."""
    with django_assert_num_queries(0):
        assert logged_in.post("/orders/", csrf=False).status_code == 403


@pytest.mark.threat("COOK-001")
@pytest.mark.parametrize("path", ["/api/token/", "/api/token/refresh/", "/api/logout/", "/api/logout/all/"])
def test_no_other_site_logs_in_or_out(logged_in, alice, path):
    """Login CSRF, forced refreshes and forced logouts: 403, and nothing has changed."""
    counter = sessions.live(alice).get().counter
    body = {"username": "alice", "password": PASSWORD}
    for extra in ({"csrf": False}, {"origin": "https://evil.example"}, {"x-csrftoken": OTHER_SECRET}):
        answer = logged_in.post(path, body, **extra)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
        assert dict(answer.cookies) == {}
    assert sessions.live(alice).get().counter == counter


@pytest.mark.threat("COOK-008")
@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "http://testserver",
        "https://testserver:8443",
        "https://evil.example",
        "https://testserver.evil",
    ],
)
def test_another_origin_is_refused(logged_in, origin):
    """Null, another scheme, another port, another site: Django's own rules."""
    answer = logged_in.post("/orders/", origin=origin)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


@pytest.mark.threat("COOK-008")
@pytest.mark.parametrize(
    "referer", [None, "https://evil.example/", "http://testserver/", "null", "https://["]
)
def test_without_an_origin_the_referer_decides(logged_in, referer):
    """Over TLS, as Django does it."""
    headers = {} if referer is None else {"referer": referer}
    assert logged_in.post("/orders/", origin=None, **headers).status_code == 403
    assert logged_in.post("/orders/", origin=None, referer="https://testserver/shop/").status_code == 201


def test_a_named_front_end_may_write(logged_in, settings):
    """`CSRF_TRUSTED_ORIGINS`."""
    settings.CSRF_TRUSTED_ORIGINS = ["https://app.testserver"]
    assert logged_in.post("/orders/", origin="https://app.testserver").status_code == 201


@pytest.mark.threat("COOK-002")
@pytest.mark.parametrize("header", ["Basic YTpi", "Token x", "Beareri x", ""])
def test_a_header_of_another_scheme_saves_no_csrf_check(logged_in, header):
    """The transport is decided once."""
    assert logged_in.post("/orders/", csrf=False, authorization=header).status_code == 403


def test_a_csrf_token_in_a_form_counts(logged_in):
    """On a project's own view, as for any of Django's forms."""
    form = f"csrfmiddlewaretoken={logged_in.csrf}&x=1".encode()
    kind = "application/x-www-form-urlencoded"
    assert logged_in.post("/orders/", form, csrf=False, content_type=kind).status_code == 201


class TestBadCookies:
    """401, 403 or 400, and never a 500."""

    def test_a_refused_cookie_is_gone_with_the_next_request(self, logged_in):
        """Also on a view that is open to all: the loop of a stale cookie ends by itself."""
        logged_in.put(ACCESS, "x.y.z")
        answer = logged_in.get("/open/")
        assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
        assert ACCESS not in logged_in.cookies
        assert logged_in.get("/open/").json()["username"] == ""

    @pytest.mark.parametrize("name", [ACCESS, REFRESH])
    def test_two_cookies_of_one_name_are_refused(self, logged_in, name):
        """A sibling domain may have set the other one."""
        cookies = f"{ACCESS}={logged_in.cookies[ACCESS].value}; {name}=x; {name}=y"
        answer = logged_in.get("/orders/", cookie=cookies)
        assert (answer.status_code, list(answer.cookies)) == (401, [name])

    @pytest.mark.threat("COOK-004")
    def test_a_tossed_refresh_cookie_is_refused(self, logged_in, bob):
        """The cookies of two sessions: both are deleted, on any view below the prefix."""
        logged_in.put(REFRESH, sessions.start(bob).refresh)
        answer = logged_in.get("/api/orders/")
        assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")
        assert logged_in.cookies == {}

    @pytest.mark.threat("COOK-004")
    def test_a_refused_refresh_reads_no_repeated_cookie(self, logged_in):
        """Which of the two is ours nobody knows."""
        text = logged_in.cookies[REFRESH].value
        cookies = f"{REFRESH}={text}; {REFRESH}={text}; csrftoken={logged_in.csrf}"
        answer = logged_in.post("/api/token/refresh/", cookie=cookies)
        assert (answer.status_code, set(answer.cookies)) == (401, {ACCESS, REFRESH})

    def test_a_refresh_token_is_no_access_cookie(self, logged_in):
        """Nor the other way round."""
        logged_in.put(ACCESS, logged_in.cookies[REFRESH].value)
        assert logged_in.get("/orders/").json()["detail"] == "Token has wrong type"

    @pytest.mark.parametrize(
        "cookies",
        [
            "; ".join(f"c{number}=x" for number in range(100)),
            ";" * 5000,
            "=" * 5000,
            f"{ACCESS}=\xe9\xff",
            f"{ACCESS}=\x00",
            f'{ACCESS}="quoted"',
            f"{ACCESS}",
            f"{ACCESS}=a b",
            f"{ACCESS}=" + "a" * 50_000,
            f"{REFRESH}=\u20ac",
            f"{ACCESS}=x; csrftoken=\xe9",
        ],
    )
    @pytest.mark.parametrize(
        "path", ["/open/", "/orders/", "/api/token/refresh/", "/api/logout/", "/api/csrf/"]
    )
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_no_cookie_gives_a_500(self, browser, method, path, cookies):
        """Whatever a client writes into the header."""
        answer = browser.ask(method, path, cookie=cookies.encode("utf-8").decode("latin-1"))
        assert answer.status_code in {200, 201, 204, 400, 401, 403, 405}

    def test_an_empty_cookie_is_none(self, browser):
        """A client that keeps deleted ones sends them empty."""
        assert browser.get("/open/", cookie=f"{ACCESS}=; {REFRESH}=").status_code == 200

    @pytest.mark.parametrize("way", ["ended", "inactive"])
    def test_a_cookie_of_a_user_who_may_not_come_in_is_deleted(self, logged_in, alice, settings, way):
        """As any refused one."""
        settings.JWTKIT = {"CHECK_SESSION": True}
        if way == "ended":
            sessions.end_all(alice)
        else:
            alice.is_active = False
            alice.save()
        assert logged_in.get("/orders/").status_code == 401
        assert ACCESS not in logged_in.cookies

    def test_the_header_goes_before_the_cookie(self, logged_in, bob):
        """And with it the cookie is not read, be it good or bad."""
        text = tokens.issue(bob)
        logged_in.put(ACCESS, "x.y.z")
        answer = logged_in.get("/orders/", authorization=f"Bearer {text}")
        assert answer.json()["username"] == "bob"
        assert ACCESS in logged_in.cookies

    def test_a_bad_header_is_refused_beside_a_good_cookie(self, logged_in):
        """And the cookie stays."""
        answer = logged_in.get("/orders/", authorization="Bearer x.y.z")
        assert answer.status_code == 401
        assert set(logged_in.cookies) == {ACCESS, REFRESH}

    def test_an_outage_deletes_no_cookie(self, logged_in, monkeypatch):
        """503 is not the token's fault."""
        from django_jwtkit.errors import KeyringStale

        def fail(*args, **kwargs):
            raise KeyringStale("away")

        monkeypatch.setattr(tokens, "verify", fail)
        for answer in (logged_in.get("/orders/"), logged_in.post("/api/token/refresh/")):
            assert (answer.status_code, dict(answer.cookies)) == (503, {})


def test_django_s_own_request_will_do(logged_in, alice, rf):
    """For callers that have no request of the REST framework, a GraphQL view say."""
    request = rf.get("/")
    request.META["HTTP_COOKIE"] = f"{ACCESS}={logged_in.cookies[ACCESS].value}"
    assert JWTCookieAuthentication().authenticate(request)[0] == alice
