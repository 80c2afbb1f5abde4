"""Each decision is one log line: whose account, who did it, from where."""

import logging

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from django_jwtkit import sessions, tokens
from django_jwtkit.sessions import Session
from tests.drf.client import PASSWORD, Api
from tests.test_escaping import HOSTILE

HERE = "203.0.113.9"
DECISIONS = ("session_", "login_", "refresh_")


@pytest.fixture
def alice(db):
    return get_user_model().objects.create_user("alice", password=PASSWORD)


@pytest.fixture
def api():
    return Api(Client(REMOTE_ADDR=HERE))


@pytest.fixture
def lines(caplog):
    """The lines about logins and sessions since the last call."""
    caplog.set_level(logging.INFO, "django_jwtkit")

    def since():
        records = [each for each in caplog.records if getattr(each, "event", "").startswith(DECISIONS)]
        caplog.clear()
        return [(each.event, each.account, each.actor, each.address, each.reason) for each in records]

    return since


@pytest.mark.threat("AUD-LOG-001")
def test_a_login_and_each_way_to_end_it(alice, api, lines):
    """The user who ends their own session is its actor; whoever holds a token to revoke is nobody known."""
    me = str(alice.pk)
    pair = api.log_in().json()
    assert lines() == [("session_started", me, me, HERE, "login")]
    api.post("/api/logout/", token=pair["access"])
    assert lines() == [("session_ended", me, me, HERE, "logout")]
    pair = api.log_in().json()
    api.post("/api/token/revoke/", {"token": pair["refresh"]})
    assert lines()[1:] == [("session_ended", me, None, HERE, "revoked")]
    first, second = api.log_in().json(), api.log_in().json()
    sid = tokens.verify(second["access"])["sid"]
    api.delete(f"/api/sessions/{sid}/", first["access"])
    assert lines()[2:] == [("session_ended", me, me, HERE, "logout")]
    api.log_in()
    api.post("/api/logout/all/", token=first["access"])
    assert lines()[1:] == [("session_ended", me, me, HERE, "logout_all")] * 2
    api.log_in(password="wrong")
    assert lines() == [("login_failed", "alice", None, HERE, "credentials")]


@pytest.mark.threat("AUD-LOG-001")
def test_a_session_that_ends_in_the_admin_names_the_member_of_staff(alice, admin_user, lines):
    """By their primary key, as the account is named."""
    pair = sessions.start(alice)
    lines()
    client = Client(REMOTE_ADDR=HERE)
    client.force_login(admin_user)
    body = {"action": "end_selected", "_selected_action": tokens.verify(pair.access)["sid"], "confirmed": "1"}
    client.post(reverse("admin:jwtkit_session_changelist"), body)
    assert lines() == [("session_ended", str(alice.pk), str(admin_user.pk), HERE, "admin")]


@pytest.mark.threat("RFR-003", "AUD-LOG-001")
def test_a_stolen_refresh_token_names_the_account(alice, api, lines):
    """And the address that brought it."""
    first = api.log_in().json()
    second = api.post("/api/token/refresh/", {"refresh": first["refresh"]}).json()
    Session.objects.update(counter=5)
    lines()
    Api(Client(REMOTE_ADDR="198.51.100.1")).post("/api/token/refresh/", {"refresh": second["refresh"]})
    ended, reused = lines()
    assert ended == ("session_ended", str(alice.pk), None, "198.51.100.1", "refresh_reused")
    assert reused[:4] == ("refresh_reused", *ended[1:4])


def test_a_project_may_name_the_actor_itself(alice, lines):
    """In Python; where nobody is known, nobody is named."""
    sid = tokens.verify(sessions.start(alice).access)["sid"]
    sessions.start(alice)
    lines()
    sessions.end(sid, reason="lost phone", by="support", address=HERE)
    sessions.end_all(alice)
    me = str(alice.pk)
    assert lines() == [
        ("session_ended", me, "support", HERE, "lost phone"),
        ("session_ended", me, None, None, "logout_all"),
    ]


def test_the_account_costs_no_query_where_no_line_is_written(alice, caplog, django_assert_num_queries):
    """Where a project has set nothing, that is below WARNING."""
    caplog.set_level(logging.WARNING, "django_jwtkit.sessions")
    sid = tokens.verify(sessions.start(alice).access)["sid"]
    with django_assert_num_queries(1):
        sessions.end(sid)


@pytest.mark.threat("LEAK-003")
def test_what_a_caller_names_begins_no_line(alice, caplog):
    """Reason, actor and address of whoever ends a session."""
    caplog.set_level(logging.INFO, "django_jwtkit")
    sid = tokens.verify(sessions.start(alice).access)["sid"]
    sessions.end(sid, reason=HOSTILE.replace("\x00", ""), by=HOSTILE, address=HOSTILE)
    for record in caplog.records:
        assert record.getMessage().isprintable()
        values = [getattr(record, name, None) for name in ("account", "actor", "address", "reason")]
        assert all(value is None or value.isprintable() for value in values)
