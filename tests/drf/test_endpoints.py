"""The table of endpoints: each row with its status, its body and its headers, to the letter."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.urls import reverse

from django_jwtkit import sessions, tokens

PASSWORD = "correct horse battery staple"
UNKNOWN = "2c6c2a52-1f5b-4a0e-9a7c-6d1f0e8a4b3d"  # no session of any test
BEARER = 'Bearer realm="api"'
REQUIRED = ["This field is required."]
NO_ACCOUNT = {"detail": "No active account found with the given credentials"}, BEARER
NO_CREDENTIALS = {"detail": "Authentication credentials were not provided."}, BEARER


def refused(detail, code="token_not_valid"):
    """Body and challenge of a refused token."""
    return {"detail": detail, "code": code}, f'{BEARER}, error="invalid_token", error_description="{detail}"'


INVALID = refused("Token is invalid")
WRONG_TYPE = refused("Token has wrong type")
EXPIRED = refused("Token is expired")
ENDED = refused("Session has ended")


class World:
    """What the rows below speak of, made when it is asked for."""

    def __init__(self):
        self.alice = get_user_model().objects.create_user("alice", password=PASSWORD)
        self.login = sessions.start(self.alice)
        self.access, self.refresh = self.login
        self.sid = tokens.verify(self.access)["sid"]
        self.no_session = tokens.issue(self.alice)
        self.old = tokens.issue(self.alice, lifetime=timedelta(seconds=1))
        self.download = tokens.issue(self.alice, kind=DOWNLOAD)
        self.old_refresh = tokens.issue(self.alice, kind=tokens.REFRESH, lifetime=timedelta(seconds=1))
        self.forged, self.forged_refresh = (f"{text[:-8]}AAAAAAAA" for text in self.login)

    @property
    def ended(self):
        pair = sessions.start(self.alice)
        sessions.end(tokens.verify(pair.access)["sid"])
        return pair.refresh

    @property
    def bobs(self):
        bob = get_user_model().objects.create_user("bob")
        return tokens.verify(sessions.start(bob).access)["sid"]


DOWNLOAD = tokens.TokenKind("endpoint-download", typ="endpoint-download+jwt", lifetime=timedelta(minutes=1))


@dataclass(frozen=True)
class Row:
    """A request, and the answer that the contract promises."""

    name: str
    request: str
    status: int
    answer: object
    body: object = None
    token: str | None = None
    challenge: str | None = None

    def __str__(self):
        return f"{self.name}: {self.request}"


def row(name, request, status, answer, **rest):
    if isinstance(answer, tuple):
        answer, rest["challenge"] = answer
    return Row(name, request, status, answer, **rest)


def sent(name, field):
    """A body whose member `name` is the world's `field`."""
    return lambda world: {name: getattr(world, field)}


ROWS = [
    row(
        "wrong password",
        "POST token/",
        401,
        NO_ACCOUNT,
        body={"username": "alice", "password": "x"},
    ),
    row("unknown user", "POST token/", 401, NO_ACCOUNT, body={"username": "eve", "password": "x"}),
    row("no password", "POST token/", 400, {"password": REQUIRED}, body={"username": "alice"}),
    row("no user name", "POST token/", 400, {"username": REQUIRED}, body={"password": "x"}),
    row("no token", "POST token/refresh/", 400, {"refresh": REQUIRED}, body={}),
    row("garbage", "POST token/refresh/", 401, INVALID, body={"refresh": "garbage"}),
    row("an access token", "POST token/refresh/", 401, WRONG_TYPE, body=sent("refresh", "access")),
    row("an ended session", "POST token/refresh/", 401, ENDED, body=sent("refresh", "ended")),
    row("an access token", "POST token/verify/", 200, {}, body=sent("token", "access")),
    row("a refresh token", "POST token/verify/", 200, {}, body=sent("token", "refresh")),
    row("no session", "POST token/verify/", 200, {}, body=sent("token", "no_session")),
    row("garbage", "POST token/verify/", 401, INVALID, body={"token": "garbage"}),
    row("forged", "POST token/verify/", 401, INVALID, body=sent("token", "forged")),
    row("expired", "POST token/verify/", 401, EXPIRED, body=sent("token", "old")),
    row("forged refresh token", "POST token/verify/", 401, INVALID, body=sent("token", "forged_refresh")),
    row("expired refresh token", "POST token/verify/", 401, EXPIRED, body=sent("token", "old_refresh")),
    row("another kind", "POST token/verify/", 401, WRONG_TYPE, body=sent("token", "download")),
    row("an ended session", "POST token/verify/", 401, ENDED, body=sent("token", "ended")),
    row("no token", "POST token/verify/", 400, {"token": REQUIRED}, body={}),
    row("an access token", "POST token/revoke/", 200, {}, body=sent("token", "access")),
    row("a refresh token", "POST token/revoke/", 200, {}, body=sent("token", "refresh")),
    row("garbage", "POST token/revoke/", 200, {}, body={"token": "garbage"}),
    row("expired", "POST token/revoke/", 200, {}, body=sent("token", "old")),
    row("no token", "POST token/revoke/", 400, {"token": REQUIRED}, body={}),
    row(
        *("no session", "POST token/revoke/", 400, {"error": "unsupported_token_type"}),
        body=sent("token", "no_session"),
    ),
    row("nobody", "POST token/introspect/", 401, NO_CREDENTIALS, body={"token": "x"}),
    row("logged in", "POST logout/", 204, None, token="access"),
    row("no session", "POST logout/", 400, {"detail": "Token has no session"}, token="no_session"),
    row("nobody", "POST logout/", 401, NO_CREDENTIALS),
    row("a refresh token", "POST logout/", 401, WRONG_TYPE, token="refresh"),
    row("expired", "POST logout/", 401, EXPIRED, token="old"),
    row("logged in", "POST logout/all/", 204, None, token="access"),
    row("nobody", "POST logout/all/", 401, NO_CREDENTIALS),
    row("nobody", "GET sessions/", 401, NO_CREDENTIALS),
    row("forged", "GET sessions/", 401, INVALID, token="forged"),
    row("own", "DELETE sessions/{sid}/", 204, None, token="access"),
    row("another user's", "DELETE sessions/{bobs}/", 404, {"detail": "Not found."}, token="access"),
    row("nobody's", f"DELETE sessions/{UNKNOWN}/", 404, {"detail": "Not found."}, token="access"),
    row("nobody", f"DELETE sessions/{UNKNOWN}/", 401, NO_CREDENTIALS),
]


@pytest.mark.threat("HTTP-011", "HTTP-012", "HTTP-013", "HTTP-016", "LEAK-012", "REV-001")
@pytest.mark.parametrize("row", ROWS, ids=str)
@pytest.mark.django_db
def test_each_row_of_the_table(api, later, row):
    """Status, body, challenge and caching, exactly."""
    world = World()
    later(2)
    method, path = row.request.split()
    path = path.format(sid=world.sid, bobs=world.bobs if "bobs" in path else "")
    body = row.body(world) if callable(row.body) else row.body
    answer = api.ask(method, f"/api/{path}", body, row.token and getattr(world, row.token))
    assert answer.status_code == row.status
    assert (answer.json() if answer.content else None) == row.answer
    assert answer.headers.get("WWW-Authenticate") == row.challenge
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Vary"] == "Authorization"
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert not answer.cookies


@pytest.mark.threat("LOG-010")
def test_a_login_answers_two_tokens_and_nothing_else(api, alice):
    """200 `{"refresh", "access"}`."""
    answer = api.log_in()
    assert answer.status_code == 200
    assert list(answer.json()) == ["refresh", "access"]
    assert tokens.verify(answer.json()["access"])["sub"] == str(alice.pk)
    assert tokens.verify(answer.json()["refresh"], kind=tokens.REFRESH)


def test_a_refresh_answers_two_tokens_and_nothing_else(api, pair):
    """200 `{"access", "refresh"}`, of the same session."""
    answer = api.post("/api/token/refresh/", {"refresh": pair.refresh})
    assert answer.status_code == 200
    assert list(answer.json()) == ["access", "refresh"]
    assert tokens.verify(answer.json()["access"])["sid"] == tokens.verify(pair.access)["sid"]


def test_the_list_of_sessions(api, alice, bob, pair):
    """A plain array, the live ones, newest first, and which one asks."""
    sessions.start(bob)
    ended = sessions.start(alice)
    sessions.end(tokens.verify(ended.access)["sid"])
    newest = api.post(
        "/api/token/", {"username": "alice", "password": PASSWORD}, **{"user-agent": "curl/8"}
    ).json()
    answer = api.get("/api/sessions/", pair.access)
    assert answer.status_code == 200
    first, second = answer.json()
    assert set(first) == {
        "id",
        "created_at",
        "last_used_at",
        "expires_at",
        "user_agent",
        "address",
        "current",
    }
    assert (first["id"], second["id"]) == tuple(
        tokens.verify(t)["sid"] for t in (newest["access"], pair.access)
    )
    assert (first["current"], second["current"]) == (False, True)
    assert (first["user_agent"], first["address"]) == ("curl/8", "127.0.0.1")
    assert uuid.UUID(first["id"]).version == 4


def test_a_client_that_is_not_recorded_is_null_in_the_list(api, alice, settings):
    """Nothing of the request is kept, so nothing is shown."""
    settings.JWTKIT = {"RECORD_CLIENT": False}
    body = {"username": "alice", "password": PASSWORD}
    login = api.post("/api/token/", body, **{"user-agent": "curl/8"}).json()
    (session,) = api.get("/api/sessions/", login["access"]).json()
    assert (session["user_agent"], session["address"]) == (None, None)


@pytest.mark.threat("REV-005", "REV-009", "HTTP-022")
def test_introspection_of_a_live_token(api, alice, bob, settings):
    """Exactly the promised members, and none of the application's own."""
    settings.JWTKIT = {"ISSUER": "https://issuer.example", "AUDIENCE": "api"}
    bob.user_permissions.add(Permission.objects.get(codename="introspect_token"))
    text = sessions.start(alice).access
    claims = tokens.verify(text)
    answer = api.post("/api/token/introspect/", {"token": text}, tokens.issue(bob))
    names = ("sub", "exp", "iat", "iss", "aud", "jti", "sid")
    assert answer.status_code == 200
    assert answer.json() == {"active": True, "token_type": "Bearer", **{name: claims[name] for name in names}}


def test_every_endpoint_has_its_name():
    """The namespace is `jwtkit`; the well-known address has none."""
    paths = {
        "token_obtain_pair": "/api/token/",
        "token_refresh": "/api/token/refresh/",
        "token_verify": "/api/token/verify/",
        "token_revoke": "/api/token/revoke/",
        "token_introspect": "/api/token/introspect/",
        "logout": "/api/logout/",
        "logout_all": "/api/logout/all/",
        "session_list": "/api/sessions/",
    }
    assert {name: reverse(f"jwtkit:{name}") for name in paths} == paths
    sid = uuid.uuid4()
    assert reverse("jwtkit:session_detail", args=[sid]) == f"/api/sessions/{sid}/"
    assert reverse("jwtkit_jwks") == "/.well-known/jwks.json"


METHODS = {
    "token/": "POST",
    "token/refresh/": "POST",
    "token/verify/": "POST",
    "token/revoke/": "POST",
    "token/introspect/": "POST",
    "logout/": "POST",
    "logout/all/": "POST",
    "sessions/": "GET HEAD",
    f"sessions/{UNKNOWN}/": "DELETE",
}


@pytest.mark.threat("HTTP-018", "REV-007", "HTTP-013")
@pytest.mark.parametrize("path", METHODS)
@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]
)
def test_another_method_is_a_405(api, alice, path, method):
    """No state changes, and the answer is not cached either."""
    alice.is_superuser = True
    alice.save()
    pair = sessions.start(alice)
    if method in METHODS[path].split():
        return
    answer = api.ask(method, f"/api/{path}", {"refresh": pair.refresh, "token": pair.refresh}, pair.access)
    assert answer.status_code == 405
    assert answer.headers["Allow"].split(", ") == METHODS[path].split()
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Vary"] == "Authorization"
    assert sessions.live(alice).count() == 1
