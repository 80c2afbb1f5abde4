"""adrf with tokens of ours, set up by the code of its page: the real package."""

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.test import AsyncClient

from django_jwtkit import keys, sessions, tokens

from .stories import follow

pytest.importorskip("adrf", reason="tox -e neighbours-api")
pytestmark = [pytest.mark.once, pytest.mark.django_db, pytest.mark.urls(__name__)]

urlpatterns = follow("adrf", 1, {})["urlpatterns"]


@pytest.fixture
def ada():
    return get_user_model().objects.create_user("ada")


@async_to_sync
async def ask(method, where, body="", **headers):
    response = await AsyncClient().generic(
        method, where, body, content_type="application/json", headers=headers
    )
    return response.status_code, response.json(), response.headers.get("WWW-Authenticate")


@pytest.mark.parametrize("is_cold", [False, True])
def test_a_token_names_the_user_in_an_async_view(ada, is_cold):
    text = tokens.issue(ada, claims={"scope": "orders.read"})
    if is_cold:
        keys.forget()
    expected = {"username": "ada", "scope": "orders.read"}
    assert ask("GET", "/orders/", authorization=f"Bearer {text}") == (200, expected, None)


def test_a_bad_token_and_a_missing_scope_are_refused_as_everywhere(ada):
    """401 and 403, with their challenges."""
    bad, code, challenge = ask("GET", "/orders/", authorization="Bearer x.y.z")
    assert (bad, code["code"]) == (401, "token_not_valid")
    assert challenge.startswith('Bearer realm="api", error="invalid_token"')
    assert ask("GET", "/orders/")[0] == 401
    status, body, challenge = ask("GET", "/orders/", authorization=f"Bearer {tokens.issue(ada)}")
    assert (status, body["code"]) == (403, "insufficient_scope")
    assert 'scope="orders.read"' in challenge


def test_an_async_view_refreshes_by_the_twin(ada):
    """And a spent token is answered as by our own views."""
    ticket = sessions.start(ada).refresh
    status, body, _ = ask("POST", "/exchange/", f'{{"ticket": "{ticket}"}}')
    assert (status, list(body)) == (200, ["token", "ticket"])
    sessions.end_all(ada)
    status, body, _ = ask("POST", "/exchange/", f'{{"ticket": "{ticket}"}}')
    assert (status, body["detail"]) == (401, "Session has ended")
