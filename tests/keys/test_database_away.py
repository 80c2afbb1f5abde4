"""The database is gone for five minutes, seen from outside, over HTTP."""

from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection

from django_jwtkit import sessions, tokens

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"
LOGIN = {"username": "alice", "password": PASSWORD}


@contextmanager
def gone():
    """Every statement fails, as with a server that has been switched off."""

    def fail(*_):
        raise OperationalError("server closed the connection unexpectedly")

    with connection.execute_wrapper(fail):
        yield


def test_the_database_is_gone_for_five_minutes(client, clock, django_user_model):
    """Tokens are judged and the JWKS is served; who wants a new one gets 503; then all is as before."""
    alice = django_user_model.objects.create_user("alice", password=PASSWORD)
    pair, jwks = sessions.start(alice), client.get("/.well-known/jwks.json").json()
    with gone():
        for _ in range(30):
            clock.now += 10
            assert tokens.verify(pair.access)["sub"] == str(alice.pk)
            assert client.get("/.well-known/jwks.json").json() == jwks
            assert client.post("/api/token/", LOGIN).status_code == 503
            assert client.post("/api/token/refresh/", {"refresh": pair.refresh}).status_code == 503
    clock.now += 10
    assert client.post("/api/token/", LOGIN).status_code == 200
    assert client.post("/api/token/refresh/", {"refresh": pair.refresh}).status_code == 200
