"""The database is away for five minutes, as clients see it over HTTP; a server is really cut off."""

from contextlib import contextmanager

import pytest
from django.db import OperationalError, close_old_connections, connection

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.errors import KeyringStale
from tests.support.proxy import Proxy

PASSWORD = "correct horse battery staple"
LOGIN = {"username": "alice", "password": PASSWORD}
PORTS = {"postgresql": 5432, "mysql": 3306}


@contextmanager
def statements_fail():
    """On SQLite, whose database is a file that can't go away: every statement fails."""

    def fail(*_):
        raise OperationalError("server closed the connection unexpectedly")

    with connection.execute_wrapper(fail):
        yield


@pytest.fixture
def switch(transactional_db, monkeypatch):
    """Return `gone()`: within it the database is away. Connections go through a proxy that is cut."""
    if connection.vendor == "sqlite":
        yield statements_fail
        return
    settings = connection.settings_dict
    port = int(settings["PORT"] or PORTS[connection.vendor])
    with Proxy(port) as way:
        connection.close()
        monkeypatch.setitem(settings, "PORT", str(way.port))

        @contextmanager
        def gone():
            way.cut()
            yield
            way.restore()

        yield gone
        connection.close()
    monkeypatch.undo()
    connection.close()


@pytest.fixture
def post(client):
    """POST as a server does it: a connection that has failed is given up after the request."""

    def post(path, data):
        answer = client.post(path, data)
        close_old_connections()
        return answer.status_code

    return post


def test_the_database_is_gone_for_five_minutes(client, post, switch, clock, django_user_model):
    """Tokens are judged and the JWKS is served, new tokens are answered 503; then all is as before."""
    alice = django_user_model.objects.create_user("alice", password=PASSWORD)
    pair, jwks = sessions.start(alice), client.get("/.well-known/jwks.json").json()
    with switch():
        for _ in range(30):
            clock.now += 10
            assert tokens.verify(pair.access)["sub"] == str(alice.pk)
            assert client.get("/.well-known/jwks.json").json() == jwks
            assert post("/api/token/", LOGIN) == 503
            assert post("/api/token/refresh/", {"refresh": pair.refresh}) == 503
    clock.now += 10
    assert post("/api/token/", LOGIN) == 200
    assert post("/api/token/refresh/", {"refresh": pair.refresh}) == 200


def test_signing_and_verifying_end_once_the_snapshot_is_too_old(post, switch, clock, django_user_model):
    """SIGNING_MAX_AGE, then KEYRING_MAX_STALE; nothing crashes, and both come back by themselves."""
    alice = django_user_model.objects.create_user("alice", password=PASSWORD)
    text = tokens.issue(alice)
    with switch():
        clock.now += 60
        assert tokens.issue(alice)
        clock.now += 1
        with pytest.raises(KeyringStale, match="too long to sign"):
            tokens.issue(alice)
        clock.now += 3600 - 61
        assert tokens.verify(text)
        clock.now += 1
        for refused in (lambda: tokens.verify(text), keys.jwks, lambda: tokens.issue(alice)):
            with pytest.raises(KeyringStale):
                refused()
            close_old_connections()
    clock.now += 10
    assert tokens.verify(text)
    assert post("/api/token/", LOGIN) == 200
