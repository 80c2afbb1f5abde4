"""A browser: a jar of cookies that obeys their attributes, a CSRF token, and users."""

import json
from http.cookiejar import CookieJar
from types import SimpleNamespace
from urllib.request import Request

import pytest
from django.test import Client

from tests.drf.client import PASSWORD
from tests.drf.conftest import alice, bob, later, pair

__all__ = ["alice", "bob", "later", "pair"]

SITE = "https://testserver"
ACCESS, REFRESH = "__Host-access", "__Secure-refresh"


class Browser:
    """Keeps cookies as browsers do, by path, Secure and age, and sends what `fetch()` would."""

    def __init__(self):
        self.jar, self.csrf = CookieJar(), None

    def ask(self, method, path, body=None, *, origin=SITE, csrf=True, **headers):
        """Send a request to our site; answer with Django's response."""
        address = f"{SITE}{path}"
        request = Request(address, method=method)
        self.jar.add_cookie_header(request)
        if request.has_header("Cookie"):
            headers.setdefault("cookie", request.get_header("Cookie"))
        if csrf and self.csrf and method not in {"GET", "HEAD", "OPTIONS"}:
            headers.setdefault("x-csrftoken", self.csrf)
        if origin and method != "GET":
            headers.setdefault("origin", origin)
        content_type = headers.pop("content_type", "application/json")
        sent = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        client = Client(enforce_csrf_checks=True)
        answer = client.generic(method, path, sent, content_type=content_type, headers=headers, secure=True)
        lines = [cookie.OutputString() for cookie in answer.cookies.values()]
        self.jar.extract_cookies(_Response(lines), request)
        self.csrf = answer.headers.get("X-CSRFToken", self.csrf)
        return answer

    def get(self, path, **rest):
        return self.ask("GET", path, b"", **rest)

    def post(self, path, body=None, **rest):
        return self.ask("POST", path, body, **rest)

    def delete(self, path, **rest):
        return self.ask("DELETE", path, b"", **rest)

    def log_in(self, username="alice", password=PASSWORD, prefix="/api/"):
        self.get(f"{prefix}csrf/")
        return self.post(f"{prefix}token/", {"username": username, "password": password})

    @property
    def cookies(self):
        """Return the cookies of ours by name."""
        return {cookie.name: cookie for cookie in self.jar if cookie.name in {ACCESS, REFRESH}}

    def forget(self, name):
        """Drop a cookie."""
        cookie = self.cookies[name]
        self.jar.clear(cookie.domain, cookie.path, cookie.name)

    def put(self, name, text):
        """Change the text of a cookie that is there."""
        self.cookies[name].value = text


class _Response:
    """What a `CookieJar` reads of an answer."""

    def __init__(self, lines):
        self._lines = lines

    def info(self):
        return SimpleNamespace(get_all=lambda name, default=None: self._lines if "2" not in name else [])


@pytest.fixture
def browser():
    return Browser()


@pytest.fixture
def logged_in(browser, alice):
    """A browser in which alice has logged in."""
    assert browser.log_in().status_code == 200
    return browser
