"""Starting a session."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.errors import NoUsableKey, UserInactive
from django_jwtkit.sessions import Session

DAY = timedelta(days=1)


def address_of(request):
    """Trust the first address that a proxy has noted."""
    return request.META["HTTP_X_FORWARDED_FOR"].split(",")[0]


def no_address(request):
    """Know nothing."""
    return


def role(user):
    """The application's claims."""
    return {"role": user.first_name}


@pytest.mark.threat("RFR-012")
def test_a_login_is_one_row_and_no_token_is_stored(alice, row, django_assert_num_queries):
    """Nor any part of one, nor a hash of one."""
    sessions.start(alice)
    Session.objects.all().delete()
    with django_assert_num_queries(1):
        pair = sessions.start(alice)
    stored = [str(getattr(row(), column.attname)) for column in Session._meta.concrete_fields]
    claims = tokens.verify(pair.refresh, kind=tokens.REFRESH)
    for secret in (*pair.access.split("."), *pair.refresh.split("."), claims["jti"]):
        assert not any(secret in value for value in stored)


def test_both_tokens_name_the_session(alice, row):
    """And each the user."""
    pair = sessions.start(alice)
    access, refresh = tokens.verify(pair.access), tokens.verify(pair.refresh, kind=tokens.REFRESH)
    assert access["sid"] == refresh["sid"] == str(row().pk)
    assert access["sub"] == refresh["sub"] == str(alice.pk)
    assert "cnt" not in access


def test_the_limits_are_the_settings(alice, row, now, settings):
    """Idle by REFRESH_TOKEN_LIFETIME, absolute by SESSION_LIFETIME; the row and the token say the same."""
    settings.JWTKIT = {"REFRESH_TOKEN_LIFETIME": 2 * DAY, "SESSION_LIFETIME": 5 * DAY}
    pair = sessions.start(alice, now=now)
    assert (row().expires_at, row().ends_by) == (now + 2 * DAY, now + 5 * DAY)
    claims = tokens.verify(pair.refresh, kind=tokens.REFRESH)
    assert claims["exp"] == int((now + 2 * DAY).timestamp())


def test_a_call_may_set_its_own_absolute_limit(alice, row, now):
    """ "Remember me", or its opposite: no token of the session goes past it."""
    pair = sessions.start(alice, lifetime=timedelta(minutes=2), now=now)
    assert row().expires_at == row().ends_by == now + timedelta(minutes=2)
    end = int(row().ends_by.timestamp())
    assert tokens.verify(pair.access)["exp"] == end
    assert tokens.verify(pair.refresh, kind=tokens.REFRESH)["exp"] == end


def test_a_session_lives_for_some_time(alice):
    """A session that is dead at birth is a mistake of the caller's."""
    with pytest.raises(ValueError, match="lifetime"):
        sessions.start(alice, lifetime=timedelta(0))


def test_the_request_says_from_where(alice, row, request_from):
    """Address and user agent, cut and cleaned to what a column holds."""
    sessions.start(alice, request=request_from("2001:DB8::1", "Fire\0fox\r\n" + "x" * 400))
    assert row().address == "2001:db8::1"
    assert row().user_agent == ("Firefox" + "x" * 400)[:255]


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("", None),
        ("unix:", None),
        ("192.0.2.1:80", "192.0.2.1"),
        ("'; DROP TABLE", None),
    ],
)
def test_what_is_no_address_becomes_null(alice, row, request_from, sent, stored):
    """A Unix socket has none, and a proxy may say anything."""
    sessions.start(alice, request=request_from(sent))
    assert row().address == stored


def test_a_project_finds_the_address_its_own_way(alice, row, settings, rf):
    """CLIENT_ADDRESS."""
    settings.JWTKIT = {"CLIENT_ADDRESS": f"{__name__}.address_of"}
    sessions.start(alice, request=rf.get("/", headers={"x-forwarded-for": "198.51.100.7, 10.0.0.1"}))
    assert row().address == "198.51.100.7"


def test_a_project_may_know_no_address(alice, row, settings, request_from):
    """And needs none."""
    settings.JWTKIT = {"CLIENT_ADDRESS": f"{__name__}.no_address"}
    sessions.start(alice, request=request_from())
    assert row().address is None


def test_the_applications_claims_are_in_the_access_token(alice, settings):
    """CLAIMS_FUNCTION; the refresh token needs none of it."""
    settings.JWTKIT = {"CLAIMS_FUNCTION": f"{__name__}.role"}
    alice.first_name = "queen"
    pair = sessions.start(alice)
    assert tokens.verify(pair.access)["role"] == "queen"
    assert "role" not in tokens.verify(pair.refresh, kind=tokens.REFRESH)


def test_the_oldest_ends_first(alice, settings, now, heard):
    """MAX_SESSIONS, and the one that has just begun is never the one."""
    settings.JWTKIT = {"MAX_SESSIONS": 2}
    minutes = [now + timedelta(minutes=minute) for minute in range(4)]
    for minute in minutes:
        sessions.start(alice, now=minute)
    assert [session.created_at for session in sessions.live(alice)] == [minutes[3], minutes[2]]
    assert [message["reason"] for message in heard.of("session_ended")] == ["max_sessions"] * 2


def test_a_clock_behind_does_not_end_its_own_login(alice, settings, now, row):
    """Another machine's is ahead: the login of now is the newest anyway."""
    settings.JWTKIT = {"MAX_SESSIONS": 1}
    sessions.start(alice, now=now + timedelta(seconds=50))
    pair = sessions.start(alice, now=now)
    assert str(sessions.live(alice).get().pk) == tokens.verify(pair.access)["sid"]


def test_the_limit_is_each_users_own(alice, settings):
    """Bob's logins do not count as Alice's."""
    settings.JWTKIT = {"MAX_SESSIONS": 1}
    bob = get_user_model().objects.create_user("bob")
    sessions.start(alice)
    sessions.start(bob)
    assert sessions.live(alice).count() == sessions.live(bob).count() == 1


def test_who_can_not_log_in_gets_no_session(alice):
    """Inactive, or nobody at all."""
    alice.is_active = False
    with pytest.raises(UserInactive):
        sessions.start(alice)
    for nobody in (AnonymousUser(), None):
        with pytest.raises(TypeError, match=r"auth\.User"):
            sessions.start(nobody)
    assert not Session.objects.exists()


def test_without_a_key_nothing_is_written(alice):
    """503, and no row that nobody holds a token of."""
    keys.StoredKey.objects.all().delete()
    keys.forget()
    with pytest.raises(NoUsableKey):
        sessions.start(alice)
    assert not Session.objects.exists()


def test_a_start_is_told(alice, heard, caplog, row):
    """By a signal and a log line, neither with a token."""
    caplog.set_level("INFO", "django_jwtkit")
    pair = sessions.start(alice)
    assert heard.of("session_started") == [{"session": row()}]
    (line,) = [record for record in caplog.records if getattr(record, "event", "") == "session_started"]
    assert line.sid == str(row().pk)
    assert pair.access not in caplog.text
    assert pair.refresh not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_start_that_is_rolled_back_is_not_told(alice, heard, rolled_back):
    """A sign-up may create user and session in one transaction."""
    rolled_back(sessions.start, alice)
    assert heard.all == []
    with transaction.atomic():
        sessions.start(alice)
        assert heard.all == []
    assert len(heard.of("session_started")) == 1


@pytest.mark.threat("LEAK-001", "LEAK-004")
def test_a_pair_does_not_print_its_tokens(pair):
    """It may stand in a log, or among the locals of an error page."""
    for text in (repr(pair), str(pair), f"{pair}"):
        assert pair.access not in text
        assert pair.refresh not in text


def test_live_is_newest_first_and_only_the_living(alice, now):
    """What the user's list shows."""
    pairs = [sessions.start(alice, now=now + timedelta(minutes=minute)) for minute in range(4)]
    ids = [tokens.verify(pair.access, now=now + timedelta(minutes=4))["sid"] for pair in pairs]
    sessions.end(ids[1])
    Session.objects.filter(pk=ids[2]).update(expires_at=now)
    assert [str(session.pk) for session in sessions.live(alice)] == [ids[3], ids[0]]
