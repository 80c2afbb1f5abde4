"""Each answer that the document promises is given once, for real, and each that is given is promised."""

import uuid
from contextlib import contextmanager

import pytest
from django.core.cache import cache

from django_jwtkit import tokens
from tests.neighbours.openapi.conftest import PASSWORD, Comparison, make_document

pytestmark = pytest.mark.once
CREDENTIALS = {"username": "alice", "password": PASSWORD}
SCOPES = ("jwtkit_login", "jwtkit_refresh", "jwtkit_verify", "jwtkit_revoke")
STRANGE = {"content_type": "text/plain"}


def bearer(text):
    return {"authorization": f"Bearer {text}"}


GARBAGE = bearer("garbage")


def no_scope():
    """Stand for a hook of the project's that fails."""
    raise RuntimeError


@contextmanager
def out_of_service(settings):
    """Nothing can be issued or verified meanwhile."""
    before = settings.JWTKIT
    settings.JWTKIT = {**before, "KEYRING_SCOPE": f"{__name__}.no_scope"}
    yield
    settings.JWTKIT = before


@contextmanager
def limited(settings):
    """One request a minute is allowed meanwhile."""
    before = settings.REST_FRAMEWORK
    settings.REST_FRAMEWORK = {**before, "DEFAULT_THROTTLE_RATES": dict.fromkeys(SCOPES, "1/min")}
    yield
    settings.REST_FRAMEWORK = before
    cache.clear()


class Scenario:
    """Requests that provoke each answer of a kind of endpoint."""

    def __init__(self, settings, comparison):
        self.settings, self.ask = settings, comparison.ask

    def send_body(self, path, good, bad=None, is_limited=True, **headers):
        """Send all that can be wrong with a body, and the good one last."""
        for body in ({}, [], b"{", b""):
            self.ask(400, "POST", path, body, **headers)
        self.ask(415, "POST", path, b"x", **STRANGE, **headers)
        if bad is not None:
            self.ask(401, "POST", path, bad, **headers)
        self.be_unavailable("POST", path, good, **headers)
        if is_limited:
            self.be_limited(path, **headers)
        return self.ask(200, "POST", path, good, **headers)

    def be_limited(self, path, **headers):
        with limited(self.settings):
            self.ask_anything("POST", path, **headers)
            self.ask(429, "POST", path, {}, **headers)

    def ask_anything(self, method, path, **headers):
        status = 401 if path == "/browser/token/refresh/" else 400
        self.ask(status, method, path, {}, **headers)

    def be_unavailable(self, method, path, body=b"", **headers):
        with out_of_service(self.settings):
            self.ask(503, method, path, body, **headers)

    def send_token(self, method, path, access, **headers):
        """Send an access token in the header, a bad one, and none."""
        self.ask(401, method, path, **headers)
        self.ask(401, method, path, **GARBAGE, **headers)
        self.be_unavailable(method, path, **bearer(access), **headers)


@pytest.fixture
def scenario(settings, comparison):
    return Scenario(settings, comparison)


def test_the_api(alice, django_user_model, comparison, scenario):
    """Of `drf.urls`: tokens in bodies, the access token in the header."""
    pair = scenario.send_body("/api/token/", CREDENTIALS, {**CREDENTIALS, "password": "x"})
    refresh, garbage = {"refresh": pair["refresh"]}, {"refresh": "garbage"}
    pair = scenario.send_body("/api/token/refresh/", refresh, garbage)
    token, garbage, access = {"token": pair["access"]}, {"token": "garbage"}, pair["access"]
    scenario.send_body("/api/token/verify/", token, garbage)

    scenario.send_body("/api/token/introspect/", token, is_limited=False, **bearer(access))
    comparison.ask(200, "POST", "/api/token/introspect/", garbage, **bearer(access))
    comparison.ask(401, "POST", "/api/token/introspect/", token)
    stranger = tokens.issue(django_user_model.objects.create_user("bob"))
    comparison.ask(403, "POST", "/api/token/introspect/", token, **bearer(stranger))

    comparison.ask(400, "POST", "/api/token/revoke/", {"token": stranger})
    comparison.ask(400, "POST", "/api/logout/", **bearer(stranger))
    (session,) = comparison.ask(200, "GET", "/api/sessions/", **bearer(access))
    mine, other = f"/api/sessions/{session['id']}/", f"/api/sessions/{uuid.uuid4()}/"
    scenario.send_token("GET", "/api/sessions/", access)
    comparison.ask(404, "DELETE", other, **bearer(access))
    for method, path in (("DELETE", mine), ("POST", "/api/logout/"), ("POST", "/api/logout/all/")):
        another = comparison.ask(200, "POST", "/api/token/", CREDENTIALS)["access"]
        scenario.send_token(method, path, another)
        comparison.ask(204, method, path, **bearer(another))
    scenario.send_body("/api/token/revoke/", {"refresh": pair["refresh"]})
    assert comparison.missing("/api/") == set()


def test_the_endpoints_for_browsers(alice, comparison, scenario):
    """Of `drf.cookie_urls`: the tokens in cookies, and with each unsafe request the CSRF token."""
    ask, client = comparison.ask, comparison.client
    ask(204, "GET", "/browser/csrf/")
    csrf = {"x-csrftoken": client.cookies["csrftoken"].value}
    ask(403, "POST", "/browser/token/", CREDENTIALS)
    scenario.send_body("/browser/token/", CREDENTIALS, {**CREDENTIALS, "password": "x"}, **csrf)
    ask(403, "POST", "/browser/token/refresh/")
    scenario.be_unavailable("POST", "/browser/token/refresh/", **csrf)
    ask(200, "POST", "/browser/token/refresh/", **csrf)

    (session,) = ask(200, "GET", "/browser/sessions/")
    mine, other = f"/browser/sessions/{session['id']}/", f"/browser/sessions/{uuid.uuid4()}/"
    logout, logout_all = "/browser/logout/", "/browser/logout/all/"
    for method, path in (("DELETE", mine), ("POST", logout_all), ("POST", logout)):
        ask(403, method, path)
        scenario.be_unavailable(method, path, **csrf)
    scenario.be_unavailable("GET", "/browser/sessions/")
    ask(404, "DELETE", other, **csrf)
    for method, path in (("DELETE", mine), ("POST", logout_all), ("POST", logout)):
        ask(401, method, path, **GARBAGE)
        ask(200, "POST", "/browser/token/", CREDENTIALS, **csrf)
        ask(204, method, path, **csrf)
    ask(401, "GET", "/browser/sessions/")
    ask(400, "POST", logout, **bearer(tokens.issue(alice)))
    client.cookies.clear()
    client.cookies["csrftoken"] = csrf["x-csrftoken"]
    scenario.be_limited("/browser/token/refresh/", **csrf)
    assert comparison.missing("/browser/") == set()


def test_the_endpoints_of_simplejwt(alice, comparison, scenario):
    """Of `contrib.simplejwt.urls`."""
    pair = scenario.send_body("/old/token/", CREDENTIALS, {**CREDENTIALS, "password": "x"})
    garbage = {"refresh": "garbage"}
    scenario.send_body("/old/token/verify/", {"token": pair["access"]}, {"token": "garbage"})
    pair = scenario.send_body("/old/token/refresh/", {"refresh": pair["refresh"]}, garbage)
    scenario.send_body("/old/token/blacklist/", {"refresh": pair["refresh"]}, garbage)
    comparison.ask(501, "POST", "/sliding/", CREDENTIALS)
    assert comparison.missing("/old/") | comparison.missing("/sliding/") == set()


def test_a_refresh_without_rotation(settings, alice):
    """It answers the access token alone, and the document says so."""
    settings.JWTKIT = {"ROTATE_REFRESH": False}
    comparison = Comparison(make_document())
    pair = comparison.ask(200, "POST", "/api/token/", CREDENTIALS)
    answer = comparison.ask(200, "POST", "/api/token/refresh/", {"refresh": pair["refresh"]})
    assert list(answer) == ["access"]
