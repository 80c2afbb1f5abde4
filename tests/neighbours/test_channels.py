"""WebSockets of Channels with tokens of ours, set up by the code of the page: the real package."""

from contextlib import suppress
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth import get_user_model

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.errors import NoUsableKey

from .stories import follow, story

pytest.importorskip("channels", reason="tox -e neighbours-api")
from channels.testing import WebsocketCommunicator

from django_jwtkit.contrib.channels import JWTAuthMiddleware

pytestmark = [pytest.mark.once, pytest.mark.django_db]
page = follow("channels", 3, {})
PLACE = "/ws/orders/"
OWN, OTHER = b"http://testserver", b"https://evil.example"
HOST = (b"host", b"testserver")
HELLO = {"hello": "ada"}
PATIENCE = 20  # seconds: the machine may be busy


class Quick(JWTAuthMiddleware):
    recheck_every = timedelta(milliseconds=20)


@pytest.fixture
def ada():
    return get_user_model().objects.create_user("ada")


@pytest.fixture
def cookies(settings):
    settings.JWTKIT = {"COOKIES": {"SECURE": False}}


def dial(*headers, offers=(), middleware=JWTAuthMiddleware, scope=()):
    """Return a client of the page's consumer, behind `middleware`."""
    socket = WebsocketCommunicator(middleware(page["routes"]), PLACE, [HOST, *headers], list(offers))
    socket.scope |= {"scheme": "ws", **dict(scope)}
    return socket


@async_to_sync
async def meet(*headers, **options):
    """Return what a client gets: whether it is accepted, the subprotocol or close code, and a message."""
    socket = dial(*headers, **options)
    is_accepted, detail = await socket.connect(PATIENCE)
    message = await socket.receive_json_from(PATIENCE) if is_accepted else None
    if is_accepted:
        await socket.disconnect(timeout=PATIENCE)
    return is_accepted, detail, message


def bearer(text):
    return b"authorization", f"Bearer {text}".encode()


def cookie(text):
    return b"cookie", f"access={text}".encode()


def test_a_header_names_the_user(ada):
    """Programs send it."""
    assert meet(bearer(tokens.issue(ada))) == (True, None, HELLO)


@pytest.mark.parametrize(
    ("before", "answer"), [(("jwt",), "jwt"), (("v1", "Bearer"), "Bearer"), (("v1",), "v1"), ((), None)]
)
def test_a_subprotocol_names_the_user(ada, before, answer):
    """A browser gets the name before the token as the answer, and never the token."""
    assert meet(offers=(*before, tokens.issue(ada))) == (True, answer, HELLO)


def test_a_consumer_never_sees_the_offered_token(ada):
    """It chooses among names, so it cannot send the token back."""
    text, consumed = tokens.issue(ada), {}

    async def consumer(scope, receive, send):
        consumed.update(scope)
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "v1"})

    offers, header = ["jwt", text, "v1"], (b"sec-websocket-protocol", f"jwt, {text}, v1".encode())
    socket = WebsocketCommunicator(JWTAuthMiddleware(consumer), PLACE, [HOST, header], offers)
    assert async_to_sync(socket.connect)(PATIENCE) == (True, "v1")
    assert (consumed["subprotocols"], consumed["user"], consumed["auth"]["sub"]) == (
        ["jwt", "v1"],
        ada,
        str(ada.pk),
    )
    assert dict(consumed["headers"])[b"sec-websocket-protocol"] == b"jwt, v1"


@pytest.mark.parametrize("offers", [("jwt", "garbage"), ("jwt", ""), ("bearer", "a.b.c")])
def test_a_bad_offer_is_refused(offers):
    """The text behind such a name is a token, whatever it looks like."""
    assert meet(offers=offers) == (False, 4401, None)


def test_two_tokens_are_refused(ada):
    """Nobody could say whose WebSocket that is."""
    texts = tokens.issue(ada), tokens.issue(ada)
    assert meet(offers=("jwt", *texts)) == (False, 4401, None)


def test_a_bad_header_is_refused_before_it_is_accepted():
    """A server makes a 403 of that."""
    assert meet(bearer("garbage")) == (False, 4401, None)


def test_a_server_that_can_sends_the_usual_answer():
    """With body and challenge, by ASGI's extension."""

    @async_to_sync
    async def messages():
        socket = dial(bearer("garbage"), scope={"extensions": {"websocket.http.response": {}}})
        await socket.send_input({"type": "websocket.connect"})
        return [await socket.receive_output(PATIENCE) for _ in range(2)]

    start, body = messages()
    assert start["status"] == 401
    assert dict(start["headers"])[b"www-authenticate"].startswith(
        b'Bearer realm="api", error="invalid_token"'
    )
    assert body["body"] == b'{"detail": "Token is invalid", "code": "token_not_valid"}'


def test_without_keys_the_service_is_unavailable(ada, take_away):
    """The client tries again later."""
    text = tokens.issue(ada)
    take_away(keys.StoredKey)
    assert meet(bearer(text)) == (False, 1013, None)


@pytest.mark.parametrize("headers", [(), (cookie("x"),), ((b"authorization", b"Basic YTpi"),)])
def test_without_a_token_of_ours_the_user_is_anonymous(headers):
    """The page's consumer refuses them by itself; no cookie is read where none is in use."""
    assert meet(*headers) == (False, 4401, None)


def test_the_url_is_never_read(ada):
    """Addresses are logged."""
    query = f"token={tokens.issue(ada)}".encode()
    assert meet(scope={"query_string": query}) == (False, 4401, None)


@pytest.mark.threat("COOK-012")
@pytest.mark.parametrize(
    ("origin", "trusted", "is_accepted"),
    [
        (OWN, [], True),
        (OTHER, [], False),
        (b"null", [], False),
        (None, [], False),
        (OTHER, [OTHER.decode()], True),
    ],
)
def test_a_cookie_counts_from_this_site_alone(ada, cookies, settings, origin, trusted, is_accepted):
    """A browser sends it along with every site's WebSocket, and no CSRF token."""
    settings.CSRF_TRUSTED_ORIGINS = trusted
    headers = [cookie(sessions.start(ada).access), *([(b"origin", origin)] if origin else [])]
    assert meet(*headers) == ((True, None, HELLO) if is_accepted else (False, 4403, None))


def test_a_token_needs_no_origin(ada, cookies):
    """No other site knows it; a cookie beside it is not read."""
    headers = bearer(tokens.issue(ada)), cookie("garbage"), (b"origin", OTHER)
    assert meet(*headers) == (True, None, HELLO)


def test_a_websocket_ends_when_its_token_expires(ada):
    """Its consumer is notified, and no message passes any more."""
    messages = []

    async def consumer(scope, receive, send):
        messages.append((await receive())["type"])
        await send({"type": "websocket.accept"})
        messages.append(await receive())
        await send({"type": "websocket.send", "text": "a secret"})

    @async_to_sync
    async def last_words():
        text = await sync_to_async(tokens.issue)(ada, lifetime=timedelta(seconds=3))
        socket = WebsocketCommunicator(JWTAuthMiddleware(consumer), PLACE, [HOST, bearer(text)])
        assert await socket.connect(PATIENCE) == (True, None)
        words = await socket.receive_output(PATIENCE)
        await socket.wait(PATIENCE)
        return words, socket.output_queue.empty()

    close = {"type": "websocket.close", "code": 4401, "reason": "Token is expired"}
    assert last_words() == (close, True)
    assert messages == ["websocket.connect", {"type": "websocket.disconnect", "code": 4401}]


@pytest.mark.parametrize("is_checked", [True, False])
def test_a_websocket_ends_with_its_session(ada, settings, is_checked):
    """With CHECK_SESSION, as an API request would; without it, when the token expires."""
    settings.JWTKIT = {"CHECK_SESSION": is_checked}
    pair = sessions.start(ada)

    @async_to_sync
    async def end():
        socket = dial(bearer(pair.access), middleware=Quick)
        await socket.connect(PATIENCE)
        await socket.receive_json_from(PATIENCE)
        await sync_to_async(sessions.end_all)(ada)
        if is_checked:
            return await socket.receive_output(PATIENCE)
        assert await socket.receive_nothing(0.2)
        return await socket.disconnect(timeout=PATIENCE)

    close = {"type": "websocket.close", "code": 4401, "reason": "Session has ended"}
    assert end() == (close if is_checked else None)


@pytest.mark.parametrize(("fault", "code"), [(NoUsableKey, 1013), (RuntimeError, 1011)])
def test_a_websocket_that_nobody_can_watch_is_closed(ada, settings, monkeypatch, fault, code):
    """Whatever fails: an outage, or the project's own loader of users."""
    settings.JWTKIT = {"CHECK_SESSION": True}
    pair = sessions.start(ada)

    def fail(*_):
        raise fault("gone")

    @async_to_sync
    async def end():
        socket = dial(bearer(pair.access), middleware=Quick)
        await socket.connect(PATIENCE)
        await socket.receive_json_from(PATIENCE)
        monkeypatch.setattr(Quick, "_judge", fail)
        close = await socket.receive_output(PATIENCE)
        with suppress(RuntimeError):
            await socket.wait(PATIENCE)
        return close

    assert end()["code"] == code


def test_other_protocols_pass():
    """The middleware is for WebSockets alone."""
    scopes = []

    async def application(scope, receive, send):
        scopes.append(scope)

    scope = {"type": "lifespan"}
    async_to_sync(JWTAuthMiddleware(application))(scope, None, None)
    assert scopes == [scope]


def test_a_real_server_and_a_real_client_agree():
    """uvicorn and websockets: the handshake, the answer to a refused one, and the end."""
    steps = story("channels_project", "server", "uvicorn")
    assert steps["header"] == [None, '{"hello": "ada"}']
    assert steps["subprotocol"] == ["jwt", '{"hello": "ada"}']
    assert steps["garbage"] == [401, {"detail": "Token is invalid", "code": "token_not_valid"}]
    assert steps["other site"] == 403
    assert steps["end"] == [4401, "Session has ended"]
