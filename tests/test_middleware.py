"""Plain Django behind `JWTMiddleware`: a token logs in, and a bad one is a 401, never a redirect."""

import json
import logging

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.contrib.auth.decorators import login_required, permission_required
from django.contrib.auth.models import Permission
from django.http import JsonResponse
from django.test import AsyncClient, Client
from django.urls import include, path
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.drf import JWTCookieAuthentication
from django_jwtkit.errors import KeyringStale, ServiceUnavailable
from django_jwtkit.middleware import JWTMiddleware
from tests.drf.client import PASSWORD

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]
OURS = "django_jwtkit.middleware.JWTMiddleware"
LOGIN_REQUIRED = "django.contrib.auth.middleware.LoginRequiredMiddleware"
ACCESS, REFRESH = "__Host-access", "__Secure-refresh"


def me(request):
    """Say who asks."""
    return JsonResponse({"username": request.user.get_username(), "auth": getattr(request, "auth", None)})


async def ame(request):
    """Say who asks, in an event loop."""
    user = await request.auser()
    return JsonResponse({"username": user.get_username(), "auth": getattr(request, "auth", None)})


class Framework(APIView):
    """A view of the REST framework that authenticates by cookie."""

    authentication_classes = (JWTCookieAuthentication,)
    permission_classes = (IsAuthenticated,)

    def post(self, request):
        return Response({"username": request.user.get_username()})


class FromQuery(JWTMiddleware):
    """For one download view, whose address a browser opens by itself."""

    def get_token(self, request):
        return request.GET.get("token")


urlpatterns = [
    path("me/", me),
    path("ame/", ame),
    path("mine/", login_required(me)),
    path("keys/", permission_required("jwtkit.rotate_key", raise_exception=True)(me)),
    path("framework/", Framework.as_view()),
    path("login/", me, name="login"),
]
with_cookies = [*urlpatterns, path("api/", include("django_jwtkit.drf.cookie_urls"))]


class Asynchronous:
    """Django's asynchronous client with the face of `Client`."""

    def __init__(self, **options):
        self.inner = AsyncClient(**options)
        self.cookies = self.inner.cookies

    @async_to_sync
    async def generic(self, *args, **fields):
        return await self.inner.generic(*args, **fields)


@pytest.fixture(params=[Client, Asynchronous], ids=["wsgi", "asgi"])
def client(request, settings):
    """A client of a project with our middleware behind Django's."""
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, OURS]
    settings.LOGIN_URL = "/login/"
    return request.param(enforce_csrf_checks=True)


@pytest.fixture
def alice(db):
    keys.forget()
    for ring in ("access", "refresh"):
        keys.rotate(ring)
    return get_user_model().objects.create_user("alice", password=PASSWORD)


@pytest.fixture
def pair(alice):
    return sessions.start(alice)


def ask(client, path, token=None, method="GET", **headers):
    """Send a request; answer with status, JSON body where there is one, and the response."""
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    client.cookies.clear()
    for pair in filter(None, headers.pop("cookie", "").split("; ")):
        name, _, text = pair.partition("=")
        client.cookies[name] = text
    return client.generic(method, path, b"", headers=headers)


@pytest.mark.parametrize("path", ["/me/", "/ame/", "/mine/"])
def test_a_token_logs_in(client, pair, path):
    """For `request.user`, `request.auser()` and `@login_required`; `request.auth` is the claims."""
    answer = ask(client, path, pair.access)
    assert (answer.status_code, answer.json()["username"]) == (200, "alice")
    assert answer.json()["auth"] == tokens.verify(pair.access)
    assert "Authorization" in answer.headers["Vary"]


def test_no_token_leaves_the_request_as_it_was(client, alice):
    """Django's own session, redirects and all."""
    assert ask(client, "/me/").json() == {"username": "", "auth": None}
    assert ask(client, "/ame/").json() == {"username": "", "auth": None}
    assert ask(client, "/mine/").headers["Location"] == "/login/?next=/mine/"
    assert ask(client, "/me/", authorization="Basic YTpi").json()["username"] == ""


@pytest.mark.parametrize("path", ["/me/", "/ame/", "/mine/"])
@pytest.mark.parametrize(
    ("header", "code"),
    [("Bearer x.y.z", "token_not_valid"), ("Bearer", "bad_authorization_header"), ("Bearer a b", None)],
)
def test_a_refused_token_is_a_401_with_a_challenge(client, alice, path, header, code):
    """Never a redirect, and no view has run."""
    answer = ask(client, path, authorization=header)
    assert answer.status_code == 401
    assert answer.json()["code"] == (code or "bad_authorization_header")
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="api", error="invalid_')
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_each_refusal_has_its_own_code(client, alice, pair):
    """As the REST framework's face answers it."""
    get_user_model().objects.filter(pk=alice.pk).update(is_active=False)
    assert ask(client, "/me/", pair.access).json()["code"] == "user_inactive"
    assert ask(client, "/me/", pair.refresh).json()["detail"] == "Token has wrong type"


def test_login_required_middleware_stands_behind_ours(client, pair, settings):
    """A good token passes, a bad one is no redirect, and no token is one."""
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, LOGIN_REQUIRED]
    assert ask(client, "/me/", pair.access).status_code == 200
    assert ask(client, "/me/", "x.y.z").status_code == 401
    assert ask(client, "/me/").status_code == 302


def test_permissions_are_the_user_s(client, alice, pair, caplog):
    """`@permission_required` asks the database."""
    assert ask(client, "/keys/", pair.access).status_code == 403
    caplog.clear()  # the traceback in Django's record holds on to a thread
    alice.user_permissions.add(Permission.objects.get(codename="rotate_key"))
    assert ask(client, "/keys/", pair.access).status_code == 200


def test_an_outage_is_a_503(client, pair, monkeypatch):
    """And never a 500."""

    def fail(*args, **kwargs):
        raise KeyringStale("away")

    monkeypatch.setattr(tokens, "verify", fail)
    answer = ask(client, "/me/", pair.access)
    assert (answer.status_code, answer.json()) == (503, {"detail": "Token service is unavailable"})


def test_a_header_needs_no_csrf_token(client, pair):
    """No browser sends it by itself."""
    assert ask(client, "/me/", pair.access, "POST").status_code == 200
    assert ask(client, "/me/", None, "POST").status_code == 403


def test_a_hook_finds_the_token_elsewhere(client, pair, settings):
    """One method, five lines, as in the REST framework's face."""
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[:-1], f"{__name__}.FromQuery"]
    assert ask(client, f"/me/?token={pair.access}").json()["username"] == "alice"
    uri = f"/me/?token={pair.access}"
    referer = f"https://evil.example{uri}"
    for headers in ({}, {"accept": pair.access}, {"referer": referer}, {"x-original-uri": uri}):
        assert ask(client, uri, None, "POST", **headers).status_code == 403
    assert ask(client, uri, None, "POST", **{"api-token": pair.access}).status_code == 200
    assert ask(client, "/me/?token=x").status_code == 401
    assert ask(client, "/me/", pair.access).json()["username"] == ""


def test_a_refusal_is_logged(client, alice, caplog):
    """Once, with its code."""
    caplog.set_level(logging.INFO)
    ask(client, "/me/", "x.y.z")
    lines = [record for record in caplog.records if record.name == "django_jwtkit.transport"]
    assert [(record.event, record.reason) for record in lines] == [("token_rejected", "malformed")]


class TestCookies:
    """Where cookies are in use, the access cookie logs in too."""

    @pytest.fixture(autouse=True, params=["set", "included"])
    def _in_use(self, request, settings):
        if request.param == "set":
            settings.JWTKIT = {"COOKIES": {}}
        else:
            settings.ROOT_URLCONF = type("Urls", (), {"urlpatterns": with_cookies})

    @pytest.mark.parametrize("path", ["/me/", "/ame/", "/mine/"])
    def test_a_cookie_logs_in(self, client, pair, path):
        """And the answer varies by it."""
        answer = ask(client, path, cookie=f"{ACCESS}={pair.access}")
        assert answer.json()["username"] == "alice"
        assert "Cookie" in answer.headers["Vary"]

    def test_an_unsafe_request_by_cookie_needs_django_s_csrf_check(self, client, pair):
        """Which is the work of Django's own middleware."""
        assert ask(client, "/me/", method="POST", cookie=f"{ACCESS}={pair.access}").status_code == 403
        csrf = "x" * 32
        cookies = f"{ACCESS}={pair.access}; csrftoken={csrf}"
        headers = {"cookie": cookies, "x-csrftoken": csrf}
        assert ask(client, "/me/", method="POST", **headers).status_code == 200

    def test_a_refused_cookie_is_deleted(self, client, alice):
        """401, and the next request is anonymous."""
        answer = ask(client, "/me/", cookie=f"{ACCESS}=x.y.z")
        assert answer.status_code == 401
        assert (answer.cookies[ACCESS].value, answer.cookies[ACCESS]["max-age"]) == ("", 0)

    def test_cookies_of_two_sessions_are_deleted(self, client, alice, pair):
        """One of them was planted."""
        other = sessions.start(alice)
        answer = ask(client, "/me/", cookie=f"{ACCESS}={pair.access}; {REFRESH}={other.refresh}")
        assert (answer.status_code, set(answer.cookies)) == (401, {ACCESS, REFRESH})

    def test_the_header_goes_before_the_cookie(self, client, pair):
        """A bad cookie beside it is not read."""
        answer = ask(client, "/me/", pair.access, cookie=f"{ACCESS}=x")
        assert (answer.status_code, dict(answer.cookies)) == (200, {})

    @pytest.mark.threat("COOK-002")
    def test_a_token_of_another_transport_saves_no_cookie_its_check(self, client, alice, pair, settings):
        """A forged request with the attacker's own token in the query still needs the victim's CSRF token."""
        settings.MIDDLEWARE = [*settings.MIDDLEWARE[:-1], f"{__name__}.FromQuery"]
        mallory = tokens.issue(get_user_model().objects.create_user("mallory"))
        cookie = f"{ACCESS}={pair.access}"
        answer = ask(client, f"/framework/?token={mallory}", method="POST", cookie=cookie)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")


def test_without_cookies_in_use_none_is_read(client, pair):
    """Neither a good nor a bad one."""
    for text in (pair.access, "x.y.z"):
        assert ask(client, "/me/", cookie=f"{ACCESS}={text}").json()["username"] == ""


def test_the_answer_is_json(client, alice):
    """Also where the project renders pages."""
    answer = ask(client, "/me/", "x.y.z")
    assert json.loads(answer.content) == {"detail": "Token is invalid", "code": "token_not_valid"}


class FromTable(JWTMiddleware):
    """Looks its token up in the database, which no event loop may ask."""

    def get_token(self, request):
        get_user_model().objects.exists()
        return super().get_token(request)


class FromAbsentService(JWTMiddleware):
    """Finds its token in another service, which is away."""

    def get_token(self, request):
        raise ServiceUnavailable("away")


@pytest.mark.parametrize(("middleware", "status"), [("FromTable", 200), ("FromAbsentService", 503)])
def test_a_hook_that_waits_or_fails_is_asked_in_a_thread(client, pair, settings, middleware, status):
    """An event loop leaves it there, and never answers 500."""
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[:-1], f"{__name__}.{middleware}"]
    assert ask(client, "/ame/", pair.access).status_code == status


@pytest.mark.parametrize("path", ["/me/", "/ame/"])
def test_a_cold_process_reads_its_keys_in_any_server(client, pair, path):
    """The first request after a start."""
    keys.forget()
    assert ask(client, path, pair.access).status_code == 200
