"""Ending sessions, one or all, and forgetting the dead."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction

from django_jwtkit import sessions, tokens
from django_jwtkit.errors import InsideTransaction, SessionEnded
from django_jwtkit.sessions import Session

DAY = timedelta(days=1)
UNKNOWN = uuid.UUID("2c6c2a52-1f5b-4a0e-9a7c-6d1f0e8a4b3d")


def sid(pair):
    return tokens.verify(pair.access)["sid"]


@pytest.mark.threat("USR-008")
def test_a_logout_ends_the_session(pair, row, heard):
    """For good, and told once."""
    assert sessions.end(sid(pair)) is True
    assert sessions.end(uuid.UUID(sid(pair))) is False
    with pytest.raises(SessionEnded):
        sessions.refresh(pair.refresh)
    with pytest.raises(SessionEnded):
        sessions.check(tokens.verify(pair.access))
    assert heard.of("session_ended") == [{"sids": [sid(pair)], "reason": "logout"}]
    assert row().end_reason == "logout"


@pytest.mark.parametrize("unknown", ["", "x", str(UNKNOWN), UNKNOWN, None, 7])
def test_an_unknown_session_ends_nothing(pair, unknown):
    """And is no error."""
    assert sessions.end(unknown) is False


def test_a_reason_is_cut_to_what_a_column_holds(pair, row):
    """64 characters."""
    assert sessions.end(sid(pair), reason="x" * 100)
    assert row().end_reason == "x" * 64


@pytest.mark.threat("USR-009")
def test_logout_everywhere_is_one_update(alice, heard, django_assert_num_queries):
    """And one SELECT for the IDs it changed; other users' sessions go on."""
    bob = get_user_model().objects.create_user("bob")
    theirs, pairs = sessions.start(bob), [sessions.start(alice) for _ in range(3)]
    with django_assert_num_queries(2):
        assert sessions.end_all(alice) == 3
    for pair in pairs:
        with pytest.raises(SessionEnded):
            sessions.refresh(pair.refresh)
    assert sessions.refresh(theirs.refresh)
    (message,) = heard.of("session_ended")
    assert set(message["sids"]) == {sid(pair) for pair in pairs}
    assert message["reason"] == "logout_all"
    assert sessions.end_all(alice) == 0
    assert len(heard.of("session_ended")) == 1


@pytest.mark.django_db(transaction=True)
def test_an_end_that_is_rolled_back_was_none(pair, row, heard, rolled_back):
    """Neither in the database nor told."""
    rolled_back(sessions.end, sid(pair))
    assert row().ended_at is None
    assert heard.of("session_ended") == []
    with transaction.atomic():
        sessions.end(sid(pair))
    assert len(heard.of("session_ended")) == 1


def test_the_dead_are_forgotten_in_batches(alice, now):
    """Ended or expired; the living stay."""
    for _ in range(7):
        sessions.start(alice)
    Session.objects.update(expires_at=now - DAY)
    for pair in [sessions.start(alice) for _ in range(3)]:
        sessions.end(sid(pair))
    alive, counts = [sessions.start(alice) for _ in range(2)], []
    assert sessions.prune(batch=4, progress=counts.append) == 10
    assert counts == [4, 8, 10]
    assert Session.objects.count() == 2
    assert all(sessions.refresh(pair.refresh) for pair in alive)
    assert sessions.prune() == 0


def test_the_dead_may_be_kept_for_a_while(alice, now):
    """`dead_for`, for operators that read the reasons."""
    pair = sessions.start(alice)
    sessions.end(sid(pair), now=now - DAY)
    assert sessions.prune(dead_for=2 * DAY) == 0
    sessions.end(sid(pair))
    assert sessions.prune(dead_for=DAY / 2, now=now + DAY) == 1


@pytest.mark.django_db(transaction=True)
def test_pruning_is_no_part_of_a_transaction(pair):
    """A long one would block the others, and might meet the same dead again and again."""
    with transaction.atomic(), pytest.raises(InsideTransaction, match=r"sessions\.prune"):
        sessions.prune()
