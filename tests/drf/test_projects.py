"""Projects with settings of their own: our endpoints answer the same."""

import gzip
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session as CookieSession
from django.db import connection, connections
from django.utils import translation
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAdminUser
from rest_framework.renderers import BrowsableAPIRenderer, StaticHTMLRenderer
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.versioning import NamespaceVersioning
from rest_framework.views import APIView, exception_handler

from django_jwtkit import sessions

PASSWORD = "correct horse battery staple"
MIDDLEWARE = "django.contrib.sessions.middleware.SessionMiddleware"
USERS = "django.contrib.auth.middleware.AuthenticationMiddleware"


@pytest.fixture
def api(either_api):
    """Projects run under WSGI or ASGI."""
    return either_api


def story(api):
    """Log in, refresh, look, log out, and refuse: each with the promised status and headers."""
    login = api.log_in()
    pair = login.json()
    refreshed = api.post("/api/token/refresh/", {"refresh": pair["refresh"]})
    answers = [
        login,
        refreshed,
        api.post("/api/token/verify/", {"token": refreshed.json()["access"]}),
        api.get("/api/sessions/", pair["access"]),
        api.post("/api/logout/", token=pair["access"]),
        api.post("/api/token/refresh/", {"refresh": refreshed.json()["refresh"]}),
        api.get("/api/sessions/"),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 204, 401, 401]
    for answer in answers:
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert "Authorization" in answer.headers["Vary"]
        assert answer.headers.get("Content-Type", "application/json") == "application/json"
    return answers


class Versioned(NamespaceVersioning):
    """A project whose addresses begin with a version: to it, `jwtkit` is none."""

    allowed_versions = ("v1", "v2")


@pytest.mark.parametrize(
    ("policy", "value"),
    [
        ("versioning_class", Versioned),
        ("throttle_classes", [ScopedRateThrottle]),
        ("renderer_classes", [StaticHTMLRenderer]),
        ("renderer_classes", [BrowsableAPIRenderer]),
        ("parser_classes", [MultiPartParser]),
        ("permission_classes", [IsAdminUser]),
    ],
)
def test_the_project_s_defaults_change_nothing(api, alice, monkeypatch, policy, value):
    """DRF reads its defaults into `APIView` at import: our views pin each of them."""
    monkeypatch.setattr(APIView, policy, value)
    story(api)


@pytest.mark.parametrize(
    "middleware",
    [
        [MIDDLEWARE, USERS, "django.contrib.auth.middleware.LoginRequiredMiddleware"],
        ["django.middleware.gzip.GZipMiddleware"],
        ["django.middleware.http.ConditionalGetMiddleware"],
        ["django.middleware.csrf.CsrfViewMiddleware"],
        [],
    ],
    ids=lambda chain: chain[-1].rpartition(".")[2] if chain else "none",
)
def test_the_project_s_middleware_changes_nothing(api, alice, settings, middleware):
    """Nobody has to log in to log in, and no cookie is asked for."""
    settings.LOGIN_URL = "/admin/login/"
    settings.MIDDLEWARE = middleware
    api.client.handler.enforce_csrf_checks = True
    story(api)
    assert not CookieSession.objects.exists()


@pytest.mark.threat("HTTP-014", "COOK-014")
def test_the_site_s_cache_keeps_no_answer(api, alice, bob, settings):
    """Not the list of sessions, of one user for the other, either."""
    settings.MIDDLEWARE = [
        "django.middleware.cache.UpdateCacheMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.cache.FetchFromCacheMiddleware",
    ]
    story(api)
    first, second = (sessions.start(user).access for user in (alice, bob))
    ids = [api.get("/api/sessions/", text).json()[0]["id"] for text in (first, second, first)]
    assert ids[0] == ids[2] != ids[1]


def test_a_long_answer_survives_gzip(api, alice, settings):
    """The compressed list is the list."""
    settings.MIDDLEWARE = ["django.middleware.gzip.GZipMiddleware"]
    text, *_ = [sessions.start(alice).access for _ in range(5)]
    answer = api.get("/api/sessions/", text, **{"accept-encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.content).count(b'"current"') == 5


@pytest.fixture
def atomic_requests():
    """A project with `ATOMIC_REQUESTS`."""
    connections.settings["default"]["ATOMIC_REQUESTS"] = True
    connection.settings_dict["ATOMIC_REQUESTS"] = True
    yield
    connection.settings_dict["ATOMIC_REQUESTS"] = False
    connections.settings["default"]["ATOMIC_REQUESTS"] = False


def test_a_project_s_test_case_is_not_poisoned(api, alice, atomic_requests):
    """DRF would mark the test's own transaction for rollback at each 401, and the next query would fail."""
    story(api)
    assert api.post("/api/token/", {}).status_code == 400
    assert not connection.needs_rollback
    alice.refresh_from_db()


@pytest.mark.django_db(transaction=True)
def test_what_a_401_has_ended_stays_ended(api, alice, atomic_requests, settings):
    """`ATOMIC_REQUESTS` rolls back what a view did before its 401: not the end of a stolen session."""
    settings.JWTKIT = {"REFRESH_GRACE": timedelta(0)}
    pair = api.log_in().json()
    assert api.post("/api/token/refresh/", {"refresh": pair["refresh"]}).status_code == 200
    assert api.post("/api/token/refresh/", {"refresh": pair["refresh"]}).status_code == 401
    assert not sessions.live(alice).exists()


class Replica:
    """Sends all of our reads to a replica, which here is not there at all."""

    def db_for_read(self, model, **hints):
        return "replica" if model._meta.app_label == "jwtkit" else None

    def db_for_write(self, model, **hints):
        return "default"


def test_a_read_replica_is_not_asked_about_sessions_and_keys(api, alice, settings):
    """It may lag: a retry would look like reuse, a new key like an unknown one."""
    settings.DATABASE_ROUTERS = [Replica()]
    settings.JWTKIT = {"CHECK_SESSION": True}
    story(api)


class ReplicaOfAll(Replica):
    """Users too: a lagging one would still show who was locked, and with the old password."""

    def db_for_read(self, model, **hints):
        return "replica"


@pytest.mark.parametrize("check", [False, True])
def test_a_read_replica_is_not_asked_about_users_either(api, pair, settings, check):
    """After the login, which is Django's, every verdict is by the database that is written to."""
    settings.DATABASE_ROUTERS = [ReplicaOfAll()]
    settings.JWTKIT = {"CHECK_SESSION": check}
    following = api.post("/api/token/refresh/", {"refresh": pair.refresh}).json()
    assert api.get("/api/me/", following["access"]).status_code == 200
    for text in following.values():
        assert api.post("/api/token/verify/", {"token": text}).status_code == 200
    assert len(api.get("/api/sessions/", following["access"]).json()) == 1
    assert api.post("/api/logout/all/", token=following["access"]).status_code == 204
    assert api.post("/api/token/refresh/", {"refresh": following["refresh"]}).status_code == 401


@pytest.mark.urls("tests.drf.project")
def test_the_endpoints_may_be_included_twice(api, alice):
    """Below an address with a parameter as well."""
    answer = api.post("/acme/api/token/", {"username": "alice", "password": PASSWORD})
    assert answer.status_code == 200
    assert api.get("/acme/api/sessions/", answer.json()["access"]).status_code == 200


@pytest.mark.threat("CFG-007")
def test_debug_changes_nothing(api, alice, settings):
    """No answer depends on it."""
    settings.DEBUG = True
    story(api)


def test_no_text_of_ours_is_translated(api, alice, settings):
    """A client compares them."""
    settings.MIDDLEWARE = ["django.middleware.locale.LocaleMiddleware"]
    german = {"accept-language": "de"}
    with translation.override("en"):  # the middleware leaves its own behind
        refused = api.post("/api/token/refresh/", {"refresh": "x"}, **german)
        unknown = api.post("/api/token/", {"username": "a", "password": "b"}, **german)
    assert refused.json()["detail"] == "Token is invalid"
    assert refused.headers["WWW-Authenticate"].isascii()
    assert unknown.json() == {"detail": "No active account found with the given credentials"}


def handler(exc, context):
    """A project's own idea of an error's body."""
    answer = exception_handler(exc, context)
    answer.data = {"errors": [answer.data]}
    return answer


@pytest.mark.django_db
def test_a_project_s_exception_handler_shapes_the_body(api, settings):
    """That is what it is for; status, challenge and caching stay."""
    settings.REST_FRAMEWORK = {"EXCEPTION_HANDLER": f"{handler.__module__}.handler"}
    answer = api.post("/api/token/refresh/", {"refresh": "x"})
    assert answer.json() == {"errors": [{"detail": "Token is invalid", "code": "token_not_valid"}]}
    assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="api", error="invalid_token"')
    assert answer.headers["Cache-Control"] == "private, no-store"
