"""A user, a login, and a client that speaks JSON."""

import json
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from django_jwtkit import keys, sessions, tokens

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


@pytest.fixture(autouse=True)
def _quick_and_clean(settings):
    """A cheap hasher; nothing that another test has left in the process."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    keys.forget()


@pytest.fixture
def later(monkeypatch):
    """Move the clock forward by so many seconds."""

    def move(seconds):
        real = timezone.now
        monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(seconds=seconds))

    return move


@pytest.fixture
def expired(alice, later):
    """A token of alice's that was good a moment ago."""
    text = tokens.issue(alice, lifetime=timedelta(seconds=1))
    later(2)
    return text


@pytest.fixture
def api():
    return Api()


@pytest.fixture
def alice(db):
    return get_user_model().objects.create_user("alice", password=PASSWORD)


@pytest.fixture
def bob(db):
    return get_user_model().objects.create_user("bob", password=PASSWORD)


@pytest.fixture
def pair(alice):
    """A login of alice's."""
    return sessions.start(alice)
