"""Refreshing: one line of descent, within both limits."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.errors import (
    InsideTransaction,
    InvalidClaim,
    MissingClaim,
    NoUsableKey,
    SessionEnded,
    TokenError,
    TokenExpired,
    WrongType,
)
from django_jwtkit.sessions import Session
from tests.keys.rows import vouch_for

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def role(user):
    """The application's claims, as they are now."""
    return {"role": user.first_name}


def test_a_refresh_gives_the_next_pair(pair, row, counter):
    """One row still, one counter further."""
    following = sessions.refresh(pair.refresh)
    assert (counter(pair), counter(following), row().counter) == (0, 1, 1)
    assert tokens.verify(following.access)["sid"] == tokens.verify(pair.access)["sid"]
    assert sessions.refresh(following.refresh)


@pytest.mark.threat("RFR-009")
def test_an_idle_session_expires(alice, now):
    """REFRESH_TOKEN_LIFETIME after its last use, by the row even if the token said otherwise."""
    pair = sessions.start(alice, now=now)
    with pytest.raises(TokenExpired):
        sessions.refresh(pair.refresh, now=now + 14 * DAY)
    Session.objects.update(expires_at=now)
    with pytest.raises(SessionEnded):
        sessions.refresh(pair.refresh, now=now + SECOND)


@pytest.mark.threat("RFR-008")
def test_no_refreshing_passes_the_absolute_limit(alice, now, settings):
    """Each token ends by it, and so does the session."""
    settings.JWTKIT = {"SESSION_LIFETIME": 20 * DAY, "KEY_RINGS": {"refresh": {"MAX_LIFETIME": 20 * DAY}}}
    pair, end = sessions.start(alice, now=now), int((now + 20 * DAY).timestamp())
    pair = sessions.refresh(pair.refresh, now=now + 10 * DAY)
    assert tokens.verify(pair.refresh, kind=tokens.REFRESH, now=now + 10 * DAY)["exp"] == end
    last = now + 20 * DAY - 30 * SECOND
    pair = sessions.refresh(pair.refresh, now=last)
    assert tokens.verify(pair.access, now=last)["exp"] == end
    with pytest.raises(TokenError):
        sessions.refresh(pair.refresh, now=now + 20 * DAY)


@pytest.mark.threat("RFR-010", "RFR-013", "RFR-014", "USR-010")
def test_claims_and_dates_are_new(alice, settings, now):
    """A role that was taken away is gone with the next refresh."""
    settings.JWTKIT = {"CLAIMS_FUNCTION": f"{__name__}.role"}
    alice.first_name = "queen"
    alice.save()
    pair, later = sessions.start(alice, now=now), now + timedelta(minutes=3)
    get_user_model().objects.update(first_name="guest")
    before = tokens.verify(pair.access)
    after = tokens.verify(sessions.refresh(pair.refresh, now=later).access, now=later)
    assert (before["role"], after["role"]) == ("queen", "guest")
    assert after["iat"] == before["iat"] + 180
    assert after["jti"] != before["jti"]


@pytest.mark.threat("RFR-015", "TYP-030")
def test_an_access_token_refreshes_nothing(pair):
    """Another kind."""
    with pytest.raises(WrongType):
        sessions.refresh(pair.access)


def test_a_refresh_token_without_a_session_refreshes_nothing(alice, pair):
    """Issued by hand, it belongs to nobody's login."""
    sid = tokens.verify(pair.access)["sid"]
    with pytest.raises(InvalidClaim):
        sessions.refresh(tokens.issue(alice, kind=tokens.REFRESH))
    with pytest.raises(InvalidClaim):
        sessions.refresh(tokens.issue(alice, kind=tokens.REFRESH, sid=sid))
    with pytest.raises(MissingClaim):
        sessions.refresh(tokens.issue(alice, kind=tokens.REFRESH, counter=0))


@pytest.mark.parametrize("counter", [-1, True, "0", 0.0, 2**31, 10**30])
def test_an_odd_counter_is_refused(alice, pair, counter, row):
    """And the session goes on: that is no reuse, it is no refresh token."""
    sid = tokens.verify(pair.access)["sid"]
    with pytest.raises(InvalidClaim):
        sessions.refresh(tokens.issue(alice, kind=tokens.REFRESH, sid=sid, counter=counter))
    assert row().ended_at is None


@pytest.mark.parametrize("sid", ["", "x", "{{{}}}", "urn:uuid:{}"])
def test_a_session_has_one_spelling(alice, pair, sid):
    """As it was issued."""
    own = tokens.verify(pair.access)["sid"]
    with pytest.raises(InvalidClaim):
        sessions.refresh(tokens.issue(alice, kind=tokens.REFRESH, sid=sid.format(own), counter=0))


def test_another_users_session_is_refused(alice, pair, row):
    """The token's `sub` and the session's user are one."""
    bob = get_user_model().objects.create_user("bob")
    with pytest.raises(TokenError):
        sessions.refresh(tokens.issue(bob, kind=tokens.REFRESH, sid=str(row().pk), counter=0))


def test_without_a_key_the_shown_token_stays_the_newest(pair, row):
    """Tokens are made before the row moves: a 503 costs nobody the login."""
    active = keys.StoredKey.objects.filter(ring_id="access")
    ends = dict(active.values_list("pk", "sign_from"))
    keys.signing_key("refresh", now=row().created_at, lifetime=SECOND)
    active.update(sign_from=None)
    vouch_for("access")
    with pytest.raises(NoUsableKey):
        sessions.refresh(pair.refresh)
    assert row().counter == 0
    for pk, sign_from in ends.items():
        keys.StoredKey.objects.filter(pk=pk).update(sign_from=sign_from)
    vouch_for("access")
    assert sessions.refresh(pair.refresh)


@pytest.mark.threat("RFR-005")
@pytest.mark.django_db(transaction=True)
def test_a_refresh_inside_a_transaction_is_a_clear_error(pair, row):
    """A rollback would revive a session that a thief has ended."""
    with transaction.atomic(), pytest.raises(InsideTransaction, match="non_atomic_requests"):
        sessions.refresh(pair.refresh)
    assert row().counter == 0


def test_a_testcase_is_no_transaction_of_the_callers(pair):
    """Projects test with `TestCase`, which Django marks."""
    assert connection.in_atomic_block
    assert sessions.refresh(pair.refresh)
    with transaction.atomic(), pytest.raises(InsideTransaction):
        sessions.refresh(pair.refresh)


def test_the_row_says_where_it_was_last_used(alice, request_from, row):
    """And a refresh in the background, without a request, leaves that as it is."""
    pair = sessions.start(alice, request=request_from("192.0.2.1", "Firefox"))
    pair = sessions.refresh(pair.refresh, request=request_from("192.0.2.2", "Chrome"))
    sessions.refresh(pair.refresh)
    assert (row().address, row().user_agent) == ("192.0.2.2", "Chrome")
    assert row().last_used_at > row().created_at
