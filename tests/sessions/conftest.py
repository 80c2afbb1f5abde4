"""A user, logins, and the signals about them."""

from dataclasses import dataclass, field

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import RequestFactory

from django_jwtkit import moments, sessions, signals, tokens


@pytest.fixture
def alice(db):
    return get_user_model().objects.create_user("alice", password="correct horse")


@pytest.fixture
def pair(alice):
    """A login of alice's."""
    return sessions.start(alice)


@pytest.fixture
def row():
    """Return a function: the one session, as it is stored now."""
    return sessions.Session.objects.get


@pytest.fixture
def request_from():
    """Return a function that makes a request of an address and a user agent."""

    def make(address="192.0.2.1", agent="Firefox"):
        return RequestFactory().get("/", REMOTE_ADDR=address, HTTP_USER_AGENT=agent)

    return make


@pytest.fixture
def now():
    """A moment that the test may count on from."""
    return moments.now()


class Rollback(Exception):
    """What a caller's transaction fails with."""


@pytest.fixture
def rolled_back():
    """Return a function that calls another one inside a transaction that is then rolled back."""

    def rolled_back(call, *arguments):
        try:
            with transaction.atomic():
                call(*arguments)
                raise Rollback
        except Rollback:
            pass

    return rolled_back


@pytest.fixture
def counter():
    """Return a function: the counter that a pair's refresh token shows."""
    return lambda pair, now=None: tokens.verify(pair.refresh, kind=tokens.REFRESH, now=now)["cnt"]


@dataclass
class Heard:
    """The signals of the sessions, in their order."""

    all: list[tuple[str, dict]] = field(default_factory=list)

    def of(self, name):
        return [arguments for sent, arguments in self.all if sent == name]


@pytest.fixture
def heard():
    """Listen to all signals of the sessions."""
    heard, receivers = Heard(), []
    for name in ("session_started", "session_ended", "refresh_reused"):

        def receive(sender, signal, name=name, **arguments):
            heard.all.append((name, arguments))

        getattr(signals, name).connect(receive)
        receivers.append((getattr(signals, name), receive))
    yield heard
    for signal, receive in receivers:
        signal.disconnect(receive)
