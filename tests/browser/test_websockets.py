"""A WebSocket, whose handshake brings cookies from every site, is authenticated by nothing of ours."""

import asyncio

import pytest
from django.core.asgi import get_asgi_application

from django_jwtkit import sessions

pytestmark = pytest.mark.django_db


@pytest.mark.threat("COOK-012")
def test_a_websocket_is_not_logged_in_by_a_cookie(alice, settings):
    """Django refuses the connection before any middleware: a project that adds one checks the origin."""
    settings.JWTKIT = {"COOKIES": {"SECURE": False}}
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django_jwtkit.middleware.JWTMiddleware"]
    pair, application = sessions.start(alice), get_asgi_application()
    headers = [(b"cookie", f"access={pair.access}".encode()), (b"origin", b"https://evil.example")]
    scope = {"type": "websocket", "path": "/api/me/", "headers": headers, "query_string": b""}
    sent = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    with pytest.raises(ValueError, match="HTTP connections"):
        asyncio.run(application(scope, receive, send))
    assert sent == []
