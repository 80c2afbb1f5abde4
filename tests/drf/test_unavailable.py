"""Without keys or without a database: 503, and the log names the command."""

import logging

import pytest
from django.db import DataError, InterfaceError, OperationalError, connection

from django_jwtkit import keys, sessions

PASSWORD = "correct horse battery staple"
BODY = {"detail": "Token service is unavailable"}


def unavailable(answer):
    assert answer.status_code == 503
    assert answer.json() == BODY
    assert answer.headers["Cache-Control"] in {"private, no-store", "no-store"}
    return True


def test_no_key(api, alice, caplog):
    """A login finds no key that could sign."""
    keys.StoredKey.objects.all().delete()
    keys.forget()
    assert unavailable(api.log_in())
    assert "manage.py rotate_keys" in caplog.text or "manage.py migrate" in caplog.text


def test_a_failed_login_needs_no_key(api, alice):
    """The verdict on a password is no question of keys."""
    keys.StoredKey.objects.all().delete()
    keys.forget()
    assert api.log_in(password="wrong").status_code == 401


@pytest.mark.parametrize("path", ["token/", "token/refresh/", "token/verify/", "token/revoke/"])
def test_a_database_that_is_not_migrated(api, alice, pair, caplog, path, take_away):
    """Each endpoint says 503 and the log says what to run."""
    body = {"username": "alice", "password": PASSWORD, "refresh": pair.refresh, "token": pair.access}
    take_away(keys.StoredKey, keys.Ring, sessions.Session)
    assert unavailable(api.post(f"/api/{path}", body))
    assert "python manage.py migrate" in caplog.text


@pytest.mark.parametrize(
    "method", ["POST logout/", "POST logout/all/", "GET sessions/", "DELETE sessions/{}/"]
)
def test_the_sessions_are_away(api, alice, pair, method, take_away):
    """An answer of 204 would be a lie."""
    name, path = method.format(sessions.live(alice).get().pk).split()
    take_away(sessions.Session)
    assert unavailable(api.ask(name, f"/api/{path}", {}, pair.access))


@pytest.mark.threat("RFR-007")
def test_a_refresh_that_cannot_be_stored_gives_no_token(api, pair, caplog, take_away):
    """503, never 200."""
    take_away(sessions.Session)
    with caplog.at_level(logging.ERROR):
        assert unavailable(api.post("/api/token/refresh/", {"refresh": pair.refresh}))
    assert pair.refresh not in caplog.text


@pytest.mark.urls("tests.drf.project")
def test_a_project_s_view_says_it_too(api, pair, settings, take_away):
    """The authentication class translates as our views do."""
    settings.JWTKIT = {"CHECK_SESSION": True}
    take_away(sessions.Session)
    answer = api.get("/me/", pair.access)
    assert (answer.status_code, answer.json()) == (503, BODY)


def test_a_view_that_needs_no_token_is_not_disturbed(api, alice, take_away):
    """A project that is not migrated can still serve its other pages."""
    take_away(keys.StoredKey)
    assert api.get("/admin/login/").status_code == 200
    assert api.post("/api/token/verify/", {}).status_code == 400


@pytest.mark.threat("RFR-007")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", ["SELECT", "UPDATE"])
@pytest.mark.parametrize("failure", [OperationalError, InterfaceError, DataError])
def test_a_refresh_with_any_failure_of_the_storage_is_a_503(api, alice, pair, verb, failure):
    """At whichever statement it comes: no successor is handed out that the row does not know."""

    def fail(execute, sql, *rest):
        if sql.startswith(verb) and "jwtkit_session" in sql:
            raise failure("the disk is full")
        return execute(sql, *rest)

    with connection.execute_wrapper(fail):
        assert unavailable(api.post("/api/token/refresh/", {"refresh": pair.refresh}))
    assert sessions.live(alice).get().counter == 0
    assert api.post("/api/token/refresh/", {"refresh": pair.refresh}).status_code == 200
