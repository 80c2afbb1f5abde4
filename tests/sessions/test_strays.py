"""Strays: generations that two clients have. No count is lost, and REFRESH_STRAYS says what it means."""

import logging
import threading
from datetime import timedelta

import pytest
from django.db import connection

from django_jwtkit import conf, sessions, tokens
from django_jwtkit.errors import RefreshReused, SessionEnded
from django_jwtkit.sessions import Session
from tests.support.aging import let_pass, turn

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.fixture
def owner(request_from):
    return request_from("192.0.2.1", "Firefox")


@pytest.fixture
def thief(request_from):
    return request_from("203.0.113.9", "curl")


def shadowed(text, owner, thief, *, present):
    """Let a generation pass that both have; the thief presents the `spent` or the `newest` token."""
    let_pass()
    newest = sessions.refresh(text, request=owner).refresh
    sessions.refresh({"spent": text, "newest": newest}[present], request=thief)
    return newest


@pytest.fixture
def text(alice, owner):
    return sessions.start(alice, request=owner).refresh


@pytest.mark.threat("RFR-011")
@pytest.mark.parametrize("present", ["spent", "newest"])
@pytest.mark.parametrize("most", [1, 2, 3, 5])
def test_the_setting_says_how_many_in_a_row_are_reuse(text, owner, thief, row, settings, present, most):
    """A resting answer to another client counts like one of the grace."""
    settings.JWTKIT = {"REFRESH_STRAYS": most}
    for generation in range(1, most):
        text = shadowed(text, owner, thief, present=present)
        assert (row().strays, row().stray_counter) == (generation, generation)
    with pytest.raises(RefreshReused):
        shadowed(text, owner, thief, present=present)
    assert row().end_reason == "refresh_reused"


@pytest.mark.threat("RFR-011")
@pytest.mark.parametrize("present", ["spent", "newest"])
def test_none_never_ends_a_session_and_tells(text, owner, thief, row, settings, heard, caplog, present):
    """A WARNING and the signal with its reason, after each third in a row."""
    settings.JWTKIT = {"REFRESH_STRAYS": None}
    for generation in range(1, 8):
        text = shadowed(text, owner, thief, present=present)
        assert len(heard.of("refresh_reused")) == generation // 3
    assert (row().strays, row().ended_at) == (7, None)
    assert not heard.of("session_ended")
    lines = [record for record in caplog.records if getattr(record, "event", "") == "refresh_reused"]
    assert [line.levelno for line in lines] == [logging.WARNING] * 2
    assert [message["reason"] for message in heard.of("refresh_reused")] == [line.reason for line in lines]
    assert all("shadowed by another client" in line.reason and line.sid == str(row().pk) for line in lines)


def test_the_count_fits_its_column(text, owner, thief, row, settings):
    """However long two clients share a session that strays never end."""
    settings.JWTKIT = {"REFRESH_STRAYS": None}
    Session.objects.update(counter=40_000, strays=30_000, stray_counter=40_000)
    sid = str(row().pk)
    text = tokens.issue(row().user, kind=tokens.REFRESH, sid=sid, counter=40_000)
    shadowed(text, owner, thief, present="newest")
    assert (row().strays, row().stray_counter) == (1, 40_001)


@pytest.mark.parametrize("value", [0, -1, True, "3", 101, 3.0])
def test_what_the_setting_may_be(settings, value):
    """A whole number that the column can count to, or None."""
    (problem,) = conf.find_problems({"REFRESH_STRAYS": value})
    assert "REFRESH_STRAYS" in problem.message
    assert not conf.find_problems({"REFRESH_STRAYS": None})


@pytest.mark.parametrize("present", ["spent", "newest"])
def test_a_clean_generation_resets_the_count(text, owner, thief, row, present):
    """Two, none, two: nobody is logged out."""
    for strayed in (True, True, False, True, True, False, True):
        if strayed:
            text = shadowed(text, owner, thief, present=present)
        else:
            let_pass()
            text = sessions.refresh(text, request=owner).refresh
    assert (row().strays, row().ended_at) == (1, None)


def test_where_no_client_is_known_there_is_no_stray(alice, thief, row):
    """A session that no request has touched has nothing to compare with."""
    text = sessions.refresh(sessions.start(alice).refresh).refresh
    sessions.refresh(text, request=thief)
    assert row().strays == 0


class Suspended(threading.Thread):
    """A refresh with a connection of its own that stops before one of its statements, until `resume`."""

    def __init__(self, text, request, before):
        super().__init__()
        self.text, self.request, self.before = text, request, before
        self.stopped, self.go, self.answer, self.verbs = threading.Event(), threading.Event(), None, []

    def stop(self, execute, sql, *rest):
        if '"jwtkit_session"' in sql.replace("`", '"'):
            self.verbs.append(sql.split()[0])
            if len(self.verbs) == self.before:
                self.stopped.set()
                assert self.go.wait(30)
        return execute(sql, *rest)

    def run(self):
        try:
            with connection.execute_wrapper(self.stop):
                self.answer = sessions.refresh(self.text, request=self.request)
        except SessionEnded as error:
            self.answer = error
        finally:
            connection.close()
            self.stopped.set()

    def __enter__(self):
        self.start()
        assert self.stopped.wait(30)
        return self

    def __exit__(self, *_):
        self.go.set()
        self.join()


@pytest.mark.threat("RFR-011")
@pytest.mark.django_db(transaction=True)
def test_a_note_that_meets_no_row_is_not_lost(text, owner, thief, row, counter):
    """A thief whose request waits between its look and its note, each time, until the owner has turned.

    It is noted for the generation that the request is then given: the third in a row is the end.
    """
    for generation in (1, 2):
        let_pass()
        newest = sessions.refresh(text, request=owner).refresh
        with Suspended(text, thief, before=2) as theft:
            let_pass()
            newer = sessions.refresh(newest, request=owner).refresh
        assert theft.verbs == ["SELECT", "UPDATE", "SELECT", "UPDATE"]
        assert counter(theft.answer) == row().stray_counter == 2 * generation
        text = newer
    assert row().strays == 1  # the generations between were the owner's alone


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_request_that_we_delay_is_no_reuse(text, owner, row, counter, turns):
    """Its token was good when it came; then the process stood still, and the other tab went on."""
    let_pass()
    with Suspended(text, owner, before=2) as slow:
        assert slow.verbs == ["SELECT", "UPDATE"]
        newest = turn(text, turns, request=owner)
        let_pass(3600)
    assert counter(slow.answer) == row().counter == turns
    assert row().ended_at is None
    assert counter(sessions.refresh(newest, request=owner)) == turns + 1


@pytest.mark.threat("RFR-011")
@pytest.mark.django_db(transaction=True)
def test_a_note_that_comes_late_is_one_of_the_next_generation(text, owner, thief, row):
    """A thief presents the newest token, and the owner turns meanwhile: it is the one before, in time."""
    let_pass()
    newest = sessions.refresh(text, request=owner).refresh
    with Suspended(newest, thief, before=2) as theft:
        let_pass()
        sessions.refresh(newest, request=owner)
    assert theft.verbs == ["SELECT", "UPDATE", "SELECT", "UPDATE"]
    assert isinstance(theft.answer, sessions.TokenPair)
    assert (row().counter, row().strays, row().stray_counter) == (2, 1, 2)


@pytest.mark.django_db(transaction=True)
def test_a_note_never_revives_an_ended_session(text, owner, thief, row):
    """Ended between the look and the note: the second look says so."""
    newest = sessions.refresh(text, request=owner).refresh
    with Suspended(newest, thief, before=2) as theft:
        sessions.end(row().pk)
    assert isinstance(theft.answer, SessionEnded)
    assert not isinstance(theft.answer, RefreshReused)
    assert (row().strays, row().end_reason) == (0, "logout")


@pytest.mark.parametrize("before", [True, False], ids=["switched off later", "off from the start"])
def test_without_a_record_nobody_is_a_stray(alice, owner, thief, row, settings, caplog, before):
    """Nothing of the client is stored, the row of before loses it, and no session ends."""
    settings.JWTKIT = {"RECORD_CLIENT": before, "REFRESH_STRAYS": 1}
    text = sessions.start(alice, request=owner).refresh
    settings.JWTKIT = {"RECORD_CLIENT": False, "REFRESH_STRAYS": 1}
    for _ in range(3):
        text = shadowed(text, owner, thief, present="spent")
        assert (row().address, row().user_agent, row().strays) == (None, "", 0)
    settings.JWTKIT = {"REFRESH_STRAYS": 1}
    text = shadowed(text, owner, owner, present="spent")
    assert (row().address, row().user_agent) == ("192.0.2.1", "Firefox")
    assert row().ended_at is None


def test_the_log_has_the_address_without_a_record(alice, owner, settings, caplog):
    """An operator who looks for an attack needs it; the row does not keep it."""
    settings.JWTKIT = {"RECORD_CLIENT": False}
    with caplog.at_level("INFO", "django_jwtkit.sessions"):
        sessions.start(alice, request=owner)
    assert "started from 192.0.2.1" in caplog.text
