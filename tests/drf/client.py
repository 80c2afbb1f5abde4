"""Clients that speak JSON to Django's handlers, by WSGI or ASGI."""

import json
from dataclasses import dataclass, field

from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client

PASSWORD = "correct horse battery staple"


@dataclass
class Api:
    """A client without cookies; `token` goes into the header."""

    client: Client = field(default_factory=Client)

    def ask(self, method, path, body=None, token=None, **headers):
        """Send `body` as JSON, or as it is if it is bytes; answer with the response."""
        sent = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        kind = headers.pop("content_type", "application/json")
        return self.client.generic(method, path, sent, content_type=kind, headers=headers)

    def post(self, path, body=None, token=None, **headers):
        return self.ask("POST", path, body, token, **headers)

    def get(self, path, token=None, **headers):
        return self.ask("GET", path, b"", token, **headers)

    def delete(self, path, token=None, **headers):
        return self.ask("DELETE", path, b"", token, **headers)

    def log_in(self, username="alice", password=PASSWORD, **more):
        return self.post("/api/token/", {"username": username, "password": password, **more})


class ASGIClient:
    """A client of the ASGI handler, as uvicorn and others run it, with the face of Django's `Client`."""

    def __init__(self):
        self.inner = AsyncClient()
        self.handler, self.cookies = self.inner.handler, self.inner.cookies

    @async_to_sync
    async def generic(self, *args, **kwargs):
        return await self.inner.generic(*args, **kwargs)
