"""A user, a login, and who asks."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from django_jwtkit import keys, sessions, tokens
from tests.drf.client import PASSWORD, Api, ASGIClient


@pytest.fixture(params=[Client, ASGIClient], ids=["wsgi", "asgi"])
def either_api(request):
    """The same requests to each of Django's two handlers."""
    return Api(request.param())


@pytest.fixture(autouse=True)
def _clean():
    """Nothing that another test has left in the process."""
    cache.clear()
    keys.forget()


@pytest.fixture
def later(monkeypatch):
    """Move the clock forward by so many seconds."""

    def move(seconds):
        real = timezone.now  # noqa: TID251 - Django's own is moved
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
