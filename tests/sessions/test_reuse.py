"""Grace for races and retries; for a thief an end, and a durable one."""

import logging
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from django_jwtkit import sessions, signals, tokens
from django_jwtkit.errors import RefreshReused, SessionEnded
from tests.support.aging import let_pass, turn

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.mark.threat("RFR-003", "RFR-004")
def test_a_retry_gets_the_same_successor(pair, counter, row):
    """One line of descent: the answers to a retry are of one generation and all alive."""
    answers = [sessions.refresh(pair.refresh) for _ in range(4)]
    assert {counter(answer) for answer in answers} == {1}
    assert row().counter == 1
    let_pass()  # it turns once within the grace
    assert all(counter(sessions.refresh(answer.refresh)) == 2 for answer in answers)


@pytest.mark.threat("RFR-001", "USR-008", "AUD-LOG-001")
def test_a_spent_token_ends_the_session(pair, row, heard, caplog):
    """The newest descendant with it; a signal and a log line tell, once, and name no token."""
    newest = sessions.refresh(pair.refresh)
    let_pass(11)
    caplog.clear()
    with pytest.raises(RefreshReused):
        sessions.refresh(pair.refresh)
    assert row().end_reason == "refresh_reused"
    for token in (newest.refresh, pair.refresh):
        with pytest.raises(SessionEnded):
            sessions.refresh(token)
    sid = str(row().pk)
    assert heard.of("session_ended") == [{"sids": [sid], "reason": "refresh_reused"}]
    assert [message["sid"] for message in heard.of("refresh_reused")] == [sid]
    (line,) = [record for record in caplog.records if getattr(record, "event", "") == "refresh_reused"]
    assert (line.levelno, line.sid, line.sub) == (logging.WARNING, sid, str(row().user_id))
    assert pair.refresh not in caplog.text


def test_an_older_token_is_reuse_at_once(pair, row):
    """Grace is for the one before the newest."""
    turn(pair.refresh, 2)
    with pytest.raises(RefreshReused):
        sessions.refresh(pair.refresh)
    assert row().ended_at is not None


def test_a_token_from_the_future_is_critical(alice, pair, row, caplog):
    """Nobody was ever given it: the refresh key has leaked, or an old backup was restored."""
    forged = tokens.issue(alice, kind=tokens.REFRESH, sid=str(row().pk), counter=7)
    with pytest.raises(RefreshReused):
        sessions.refresh(forged)
    (line,) = [record for record in caplog.records if getattr(record, "event", "") == "refresh_reused"]
    assert line.levelno == logging.CRITICAL
    assert row().ended_at is not None


@pytest.mark.threat("RFR-017")
def test_the_databases_clock_judges_the_grace(pair, settings):
    """A wrong clock of an application server logs nobody out, nor one of the database that was set back."""
    sessions.refresh(pair.refresh)
    let_pass(9)
    assert sessions.refresh(pair.refresh)
    let_pass(-3600)
    assert sessions.refresh(pair.refresh)


def test_no_grace_is_a_setting(pair, settings):
    """REFRESH_GRACE = 0: every second use is reuse."""
    settings.JWTKIT = {"REFRESH_GRACE": timedelta(0)}
    sessions.refresh(pair.refresh)
    with pytest.raises(RefreshReused):
        sessions.refresh(pair.refresh)


def test_a_caller_that_brings_its_clock_is_judged_by_it(alice, now):
    """For tests and simulations: ten seconds are no time to wait."""
    pair = sessions.start(alice, now=now)
    sessions.refresh(pair.refresh, now=now + MINUTE)
    assert sessions.refresh(pair.refresh, now=now + MINUTE + 9 * SECOND)
    with pytest.raises(RefreshReused):
        sessions.refresh(pair.refresh, now=now + MINUTE + 10 * SECOND)


@pytest.mark.threat("RFR-005", "RFR-006")
@pytest.mark.django_db(transaction=True)
def test_the_end_survives_its_verdict(pair, row):
    """Committed before it is raised: a caller that fails on it changes nothing."""
    sessions.refresh(pair.refresh)
    let_pass(11)
    with pytest.raises(RefreshReused) as verdict:
        sessions.refresh(pair.refresh)

    def fail():
        raise verdict.value

    with pytest.raises(RefreshReused), transaction.atomic():
        fail()
    assert row().end_reason == "refresh_reused"


@pytest.mark.threat("AUD-LOG-002")
def test_a_failing_receiver_spoils_nothing(pair, row):
    """send_robust: the verdict stands and is the same."""

    def fail(**arguments):
        raise RuntimeError("a receiver of the project's")

    signals.refresh_reused.connect(fail)
    signals.session_ended.connect(fail)
    try:
        turn(pair.refresh, 2)
        with pytest.raises(RefreshReused):
            sessions.refresh(pair.refresh)
    finally:
        signals.refresh_reused.disconnect(fail)
        signals.session_ended.disconnect(fail)
    assert row().ended_at is not None


@pytest.fixture
def clients(request_from):
    """The owner's requests, and the thief's."""
    return request_from("192.0.2.1", "Firefox"), request_from("203.0.113.9", "curl")


@pytest.mark.threat("RFR-011")
@pytest.mark.parametrize("thief_first", [False, True])
def test_a_thief_who_shadows_the_owner_lives_a_quarter_of_an_hour(alice, now, clients, thief_first, row):
    """An owner on a five-minute rhythm, a thief within the grace: the third stray in a row is the end."""
    owner, thief = clients
    mine = theirs = sessions.start(alice, request=owner, now=now)
    for refreshes in range(1, 10):
        at = now + refreshes * 5 * MINUTE
        try:
            if thief_first:
                theirs = sessions.refresh(theirs.refresh, request=thief, now=at)
                mine = sessions.refresh(mine.refresh, request=owner, now=at + 2 * SECOND)
            else:
                mine = sessions.refresh(mine.refresh, request=owner, now=at)
                theirs = sessions.refresh(theirs.refresh, request=thief, now=at + 2 * SECOND)
        except RefreshReused:
            break
    assert refreshes == 3
    assert row().end_reason == "refresh_reused"


def test_a_clean_generation_forgets_the_strays(alice, now, clients):
    """A phone that changes networks now and then stays logged in."""
    owner, thief = clients
    pair = sessions.start(alice, request=owner, now=now)
    for refreshes in range(1, 13):
        at = now + refreshes * 5 * MINUTE
        following = sessions.refresh(pair.refresh, request=owner, now=at)
        if refreshes % 3:
            sessions.refresh(pair.refresh, request=thief, now=at + SECOND)
        pair = following
    assert sessions.live(alice, now=at).exists()


def test_many_strays_of_one_generation_are_one(alice, now, clients, row):
    """A client that retries five times from its new network is one stray."""
    owner, thief = clients
    pair = sessions.start(alice, request=owner, now=now)
    sessions.refresh(pair.refresh, request=owner, now=now + MINUTE)
    for _ in range(5):
        sessions.refresh(pair.refresh, request=thief, now=now + MINUTE + SECOND)
    assert (row().strays, row().stray_counter) == (1, 1)


def test_a_retry_of_the_same_client_is_no_stray(alice, now, clients, row):
    """Nor one of which nothing is known."""
    owner, _ = clients
    pair = sessions.start(alice, request=owner, now=now)
    sessions.refresh(pair.refresh, request=owner, now=now + MINUTE)
    sessions.refresh(pair.refresh, request=owner, now=now + MINUTE + SECOND)
    sessions.refresh(pair.refresh, now=now + MINUTE + SECOND)
    assert row().strays == 0


@pytest.mark.threat("RFR-018")
def test_a_pruned_sessions_token_stays_refused(alice, now, pair):
    """The row is gone, and with it every claim to it."""
    sessions.end(tokens.verify(pair.access)["sid"])
    assert sessions.prune() == 1
    with pytest.raises(SessionEnded):
        sessions.refresh(pair.refresh)
    assert get_user_model().objects.exists()
