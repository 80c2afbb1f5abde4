"""Strawberry with tokens of ours, set up by the code of the page: the real package."""

import json

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.test import Client

from django_jwtkit import tokens

from .stories import follow

pytest.importorskip("strawberry", reason="tox -e neighbours-api")
from channels.testing import WebsocketCommunicator

pytestmark = [pytest.mark.once, pytest.mark.django_db, pytest.mark.urls(__name__)]

page = follow("strawberry", 3, {"MIDDLEWARE": []})
urlpatterns = page["urlpatterns"]
PATIENCE = 20  # seconds: the machine may be busy
places = pytest.mark.parametrize("place", ["/graphql/", "/async-graphql/"])


@pytest.fixture
def ada(settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, *page["MIDDLEWARE"]]
    return get_user_model().objects.create_user("ada")


def query(place, fields, text=None):
    headers = {} if text is None else {"authorization": f"Bearer {text}"}
    body = json.dumps({"query": f"{{ {fields} }}"})
    client = Client(enforce_csrf_checks=text is not None)
    return client.post(place, body, content_type="application/json", headers=headers)


@places
def test_a_token_names_the_user(ada, place):
    """In the sync and the async view, without a CSRF token."""
    response = query(place, "me", tokens.issue(ada))
    assert (response.status_code, response.json()) == (200, {"data": {"me": "ada"}})


@places
def test_a_bad_token_is_refused_before_any_resolver(ada, place):
    """With our body and challenge, so a client knows that it must refresh."""
    response = query(place, "me", "garbage")
    assert (response.status_code, response.json()["code"]) == (401, "token_not_valid")


@places
def test_without_a_token_a_field_is_an_error(ada, place):
    """The page's permission says so."""
    error = query(place, "me").json()["errors"][0]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}


@pytest.mark.parametrize(("scope", "is_allowed"), [("orders.read", True), ("orders", False), (None, False)])
def test_a_field_demands_a_scope(ada, scope, is_allowed):
    """The claims are those of the token."""
    text = tokens.issue(ada, claims={} if scope is None else {"scope": scope})
    answer = query("/graphql/", "orders", text).json()
    assert (answer.get("data") == {"orders": ["2026-1"]}) is is_allowed


@async_to_sync
async def subscribe(*offers):
    """Return the subprotocol, and what the subscription answers."""
    socket = WebsocketCommunicator(
        page["websocket"], "/graphql/", subprotocols=["graphql-transport-ws", *offers]
    )
    _, subprotocol = await socket.connect(PATIENCE)
    await socket.send_json_to({"type": "connection_init"})
    await socket.receive_json_from(PATIENCE)
    payload = {"query": "subscription { ticks }"}
    await socket.send_json_to({"id": "1", "type": "subscribe", "payload": payload})
    answer = await socket.receive_json_from(PATIENCE)
    await socket.disconnect(timeout=PATIENCE)
    return subprotocol, answer["payload"]


def test_a_subscription_knows_its_user(ada):
    """The token came as a subprotocol, and the answer is that of GraphQL."""
    assert subscribe("jwt", tokens.issue(ada)) == ("graphql-transport-ws", {"data": {"ticks": "ada"}})
    assert "Log in first" in str(subscribe()[1])
