"""django-ninja with tokens of ours, set up by the code of its page: the real package."""

from contextlib import closing
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.test import AsyncClient, Client

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.testing import fake_issuer

from .stories import follow

ninja = pytest.importorskip("ninja", reason="tox -e neighbours-api")
pytestmark = [
    pytest.mark.once,
    pytest.mark.django_db,
    pytest.mark.urls(__name__),
]

page = follow("django-ninja", 3, {})
urlpatterns = page["urlpatterns"]
PLACES = [("GET", "/shop/me"), ("POST", "/shop/orders")]  # a sync and an async operation
ISSUER = "https://sso.example.com"
REFUSED = {"detail": "Token is invalid", "code": "token_not_valid"}
CHALLENGE = 'Bearer realm="api", error="invalid_token", error_description="Token is invalid"'


@pytest.fixture
def ada():
    return get_user_model().objects.create_user("ada")


@async_to_sync
async def ask_asgi(method, where, cookies=None, **headers):
    return await prepare(AsyncClient, cookies).generic(method, where, headers=headers)


def ask_wsgi(method, where, cookies=None, **headers):
    return prepare(Client, cookies).generic(method, where, headers=headers)


def prepare(kind, cookies):
    client = kind(enforce_csrf_checks=True)
    client.cookies.load(cookies or {})
    return client


both = pytest.mark.parametrize("ask", [ask_wsgi, ask_asgi])
places = pytest.mark.parametrize(("method", "where"), PLACES)


@both
@places
def test_a_good_token_names_the_user(ada, ask, method, where):
    """In each operation, under each kind of server, also while the keys are read anew."""
    text = tokens.issue(ada)
    keys.forget()
    response = ask(method, where, authorization=f"Bearer {text}")
    assert (response.status_code, "ada" in response.json().values()) == (200, True)


@both
@places
def test_a_bad_token_is_refused_as_everywhere(ask, method, where):
    """Status, body and challenge are those of our own views."""
    response = ask(method, where, authorization="Bearer garbage")
    assert (response.status_code, response.json()) == (401, REFUSED)
    assert response["WWW-Authenticate"] == CHALLENGE
    assert response["Cache-Control"] == "private, no-store"


@both
@places
def test_what_is_not_ours_is_left_to_others(ask, method, where):
    """Ninja's own answer: another scheme may be another class's."""
    for headers in ({}, {"authorization": "Basic YTpi"}):
        response = ask(method, where, **headers)
        assert (response.status_code, response.json()) == (401, {"detail": "Unauthorized"})


@pytest.mark.parametrize(
    ("header", "code"),
    [("Bearer", "bad_authorization_header"), ("Bearer {expired}", "token_not_valid")],
)
def test_each_refusal_has_its_code(ada, header, code):
    """An expired token and a header without one."""
    expired = tokens.issue(ada, now=keys.now() - timedelta(hours=1))
    response = ask_wsgi("GET", "/shop/me", authorization=header.format(expired=expired))
    assert (response.status_code, response.json()["code"]) == (401, code)


@both
@places
def test_without_keys_the_service_is_unavailable(ada, take_away, ask, method, where):
    """Never a 500, and never a refusal of a good token."""
    text = tokens.issue(ada)
    take_away(keys.StoredKey)
    response = ask(method, where, authorization=f"Bearer {text}")
    assert (response.status_code, response.json()) == (503, {"detail": "Token service is unavailable"})


def test_tokens_of_other_issuers_are_accepted(settings):
    """As the settings say."""
    settings.JWTKIT = {"TRUSTED_ISSUERS": {ISSUER: {"AUDIENCE": "shop", "USER": "stateless"}}}
    with fake_issuer(ISSUER) as issuer:
        text = issuer.issue(sub="7", aud="shop", scope="orders.read")
        response = ask_wsgi("GET", "/shop/me", authorization=f"Bearer {text}")
    assert (response.status_code, response.json()["username"]) == (200, f"{ISSUER}|7")


def test_tokens_of_simplejwt_are_accepted(ada, settings):
    """While the settings say so."""
    from tests.simplejwt.issuing import SECRET, OldIssuer

    settings.SIMPLE_JWT = {"SIGNING_KEY": SECRET}
    settings.JWTKIT = {"ACCEPT_SIMPLEJWT": {"UNTIL": keys.now() + timedelta(days=1)}}
    with closing(OldIssuer(settings.SIMPLE_JWT)) as issuer:
        response = ask_wsgi("GET", "/shop/me", authorization=f"Bearer {issuer.access(ada)}")
    assert (response.status_code, response.json()["username"]) == (200, "ada")


@both
@places
def test_a_cookie_authenticates_what_is_safe(ada, settings, ask, method, where):
    """And what is not, with Django's CSRF token: ninja's views are exempt from the middleware."""
    settings.JWTKIT = {"COOKIES": {"SECURE": False}}
    cookies = {"access": sessions.start(ada).access}
    response = ask(method, where, cookies)
    if method == "GET":
        assert response.status_code == 200
        return
    assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")
    token = "a" * 32
    response = ask(method, where, cookies | {"csrftoken": token}, x_csrftoken=token)
    assert response.status_code == 200


def test_a_refused_cookie_is_deleted(settings):
    """So the next request is anonymous."""
    settings.JWTKIT = {"COOKIES": {"SECURE": False}}
    response = ask_wsgi("GET", "/shop/me", {"access": "garbage"})
    assert (response.status_code, response.json()) == (401, REFUSED)
    assert response.cookies["access"]["max-age"] == 0
    assert "Cookie" in response["Vary"]


def test_no_cookie_is_read_where_none_is_in_use(ada):
    """A project without cookies has no CSRF to fear."""
    assert ask_wsgi("GET", "/shop/me", {"access": tokens.issue(ada)}).status_code == 401


def test_the_page_finds_a_token_elsewhere(ada):
    """Its subclass reads a query string, for one kind of token."""
    auth = page["DownloadAuth"]()
    text = tokens.issue(ada, kind=page["ATTACHMENT"])
    request = Client().get("/").wsgi_request
    request.GET = {"token": text}
    assert auth(request)["sub"] == str(ada.pk)


def test_the_schema_says_bearer():
    """Generated clients send the header."""
    schema = Client().get("/shop/openapi.json").json()
    assert schema["components"]["securitySchemes"] == {
        "JWTAuth": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    assert schema["paths"]["/shop/me"]["get"]["security"] == [{"JWTAuth": []}]


def test_ninjas_own_test_client_works(ada):
    """A project's tests go on without a URL."""
    from ninja.testing import TestClient

    client = TestClient(page["api"])
    assert client.get("/me", headers={"Authorization": f"Bearer {tokens.issue(ada)}"}).status_code == 200
    assert client.get("/me", headers={"Authorization": "Bearer garbage"}).json() == REFUSED
