"""A refresh token of simplejwt becomes a session once, and from then on it is one of ours."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import RequestFactory

from django_jwtkit import sessions, tokens
from django_jwtkit.errors import (
    InsideTransaction,
    PasswordChanged,
    RefreshReused,
    SessionEnded,
    TokenError,
    UserInactive,
    UserNotFound,
    WrongType,
)
from django_jwtkit.sessions import Session, SimpleJWTCutoff
from tests.simplejwt.issuing import OldIssuer, ago, seconds

pytestmark = pytest.mark.django_db
MANY, ROUNDS = 10, 5
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def row():
    """Return a function: the one session, as it is stored now."""
    return Session.objects.get


@pytest.fixture
def now():
    return datetime.now(UTC)


def counter_of(pair):
    """Return the counter that a pair's refresh token shows."""
    return tokens.verify(pair.refresh, kind=tokens.REFRESH)["cnt"]


def test_an_old_token_becomes_a_session(issuer, alice, row):
    """With its user, its origin, and tokens of ours."""
    pair = sessions.refresh(issuer.refresh(alice))
    claims = tokens.verify(pair.access)
    assert (claims["sub"], claims["sid"]) == (str(alice.pk), str(row().pk))
    assert (row().user_id, row().origin, row().ended_at) == (alice.pk, "simplejwt", None)
    assert sessions.check(claims) == alice
    assert counter_of(sessions.refresh(pair.refresh)) == counter_of(pair) == row().counter


def test_the_session_says_where_it_is_used_from(issuer, alice, row):
    """As a login's does."""
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", HTTP_USER_AGENT="Firefox")
    sessions.refresh(issuer.refresh(alice), request=request)
    assert (row().address, row().user_agent) == ("192.0.2.1", "Firefox")


def test_a_retry_is_answered_with_the_same_session(issuer, alice, row):
    """Within the grace: the first answer may have been lost."""
    old = issuer.refresh(alice)
    first, second = sessions.refresh(old), sessions.refresh(old)
    assert counter_of(first) == counter_of(second) == row().counter


@pytest.mark.threat("RFR-001")
def test_a_later_second_use_ends_the_session(issuer, alice, row, now):
    """Somebody else has the old token too."""
    old = issuer.refresh(alice)
    pair = sessions.refresh(old, now=now)
    with pytest.raises(RefreshReused):
        sessions.refresh(old, now=now + 11 * timedelta(seconds=1))
    assert row().end_reason == "refresh_reused"
    with pytest.raises(SessionEnded):
        sessions.refresh(pair.refresh)
    with pytest.raises(SessionEnded):
        sessions.refresh(old)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rotate", [True, False])
def test_ten_at_once_are_one_session(bridge, issuer, alice, row, rotate):
    """Ten answers, one line of descent."""
    bridge(ROTATE_REFRESH=rotate)
    old = issuer.refresh(alice)
    answers = at_once(lambda _: sessions.refresh(old))
    assert {tokens.verify(answer.access)["sid"] for answer in answers} == {str(row().pk)}
    assert row().ended_at is None
    if rotate:
        assert {counter_of(answer) for answer in answers} == {row().counter} == {1}
        assert all(sessions.refresh(answer.refresh) for answer in answers)
    else:
        assert {answer.refresh for answer in answers} == {old}


@pytest.mark.django_db(transaction=True)
def test_an_exchange_and_a_revocation_at_once_leave_no_live_session(issuer, alice):
    """Whichever comes first."""
    old = issuer.refresh(alice)

    def act(number):
        try:
            return sessions.revoke_simplejwt(old) if number == 0 else sessions.refresh(old)
        except SessionEnded:
            return None

    at_once(act)
    assert Session.objects.get().ended_at is not None
    with pytest.raises(SessionEnded):
        sessions.refresh(old)


@pytest.mark.django_db(transaction=True)
def test_a_logout_everywhere_at_the_same_time_leaves_no_live_session(issuer, alice):
    """An exchange that has read the user before the logout must not begin a session after it."""
    for _ in range(ROUNDS):
        olds = [issuer.refresh(alice) for _ in range(MANY)]

        def act(number, olds=olds):
            try:
                return sessions.end_all(alice) if number == 0 else sessions.refresh(olds[number])
            except SessionEnded:
                return None

        at_once(act)
        assert not sessions.live(alice).exists()
        SimpleJWTCutoff.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_an_exchange_that_a_logout_everywhere_overtakes_is_refused(issuer, alice, monkeypatch):
    """Statement by statement: the user is read, everything ends, and then the row is written."""
    from django_jwtkit.sessions.exchanging import renewing

    refuse_blacklisted = renewing.refuse_blacklisted

    def overtake(claims):
        sessions.end_all(alice)
        refuse_blacklisted(claims)

    monkeypatch.setattr(renewing, "refuse_blacklisted", overtake)
    with pytest.raises(SessionEnded):
        sessions.refresh(issuer.refresh(alice))
    assert not sessions.live(alice).exists()


def at_once(call):
    """Call `call` in many threads at the same moment."""
    start = threading.Barrier(MANY)

    def run(number):
        start.wait()
        try:
            return call(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(run, range(MANY)))


def test_without_rotation_an_old_token_goes_on(bridge, issuer, alice, row, now):
    """Until its own `exp`: a second use is no reuse, and the session stays at its beginning."""
    bridge(ROTATE_REFRESH=False)
    expires = now.replace(microsecond=0) + 30 * DAY
    old = issuer.refresh(alice, exp=seconds(expires))
    for later in (timedelta(0), DAY, 29 * DAY):
        assert sessions.refresh(old, now=now + later).refresh == old
    assert (row().counter, row().expires_at) == (0, expires)
    with pytest.raises(TokenError):
        sessions.refresh(old, now=expires)


def test_without_rotation_an_old_token_ends_with_the_bridge(bridge, issuer, alice, until):
    """At `UNTIL`, though it would last longer."""
    bridge(ROTATE_REFRESH=False)
    old = issuer.refresh(alice, exp=seconds(until + DAY))
    assert sessions.refresh(old)
    with pytest.raises(WrongType):
        sessions.refresh(old, now=until)


def test_rotation_that_is_switched_on_spends_the_old_token(bridge, issuer, alice, now):
    """The client that stores the answer goes on; the old token is reuse after the grace."""
    bridge(ROTATE_REFRESH=False)
    old = issuer.refresh(alice)
    sessions.refresh(old, now=now)
    bridge()
    assert counter_of(sessions.refresh(old, now=now + MINUTE)) == 1
    with pytest.raises(RefreshReused):
        sessions.refresh(old, now=now + 2 * MINUTE)


def test_the_absolute_limit_counts_from_the_old_login(bridge, issuer, alice, row, now):
    """An exchange is no login: nobody has proven anything anew."""
    issued = now.replace(microsecond=0) - 10 * DAY
    pair = sessions.refresh(issuer.refresh(alice, iat=seconds(issued)))
    assert row().ends_by == issued + 90 * DAY
    assert row().authenticated_at is None
    assert "auth_time" not in tokens.verify(pair.access)


def test_a_login_over_its_absolute_limit_is_over(bridge, issuer, alice):
    """No row is written for it."""
    bridge(SESSION_LIFETIME=5 * DAY)
    with pytest.raises(SessionEnded):
        sessions.refresh(issuer.refresh(alice, iat=ago(days=6)))
    assert not Session.objects.exists()


def test_a_pruned_session_is_no_way_back(issuer, alice, now):
    """The row stays until the old token has expired: without it, that would begin another session."""
    old = issuer.refresh(alice, exp=seconds(now + DAY))
    sid = tokens.verify(sessions.refresh(old).access)["sid"]
    sessions.end(sid)
    assert sessions.prune() == 0
    with pytest.raises(SessionEnded):
        sessions.refresh(old)
    assert sessions.prune(now=now + 2 * DAY) == 1


def test_a_revoked_token_never_becomes_a_session(issuer, alice):
    """Nor does one that has become a session go on."""
    unused, used = issuer.refresh(alice), issuer.refresh(alice)
    pair = sessions.refresh(used)
    for old in (unused, used, unused):
        sessions.revoke_simplejwt(old)
        with pytest.raises(SessionEnded):
            sessions.refresh(old)
    with pytest.raises(SessionEnded):
        sessions.refresh(pair.refresh)
    assert not sessions.live(alice).exists()


def test_the_token_of_an_inactive_user_can_be_revoked(issuer, alice):
    """Made active again, they must not find it alive."""
    old = issuer.refresh(alice)
    get_user_model().objects.update(is_active=False)
    sessions.revoke_simplejwt(old)
    get_user_model().objects.update(is_active=True)
    with pytest.raises(SessionEnded):
        sessions.refresh(old)


def test_all_sessions_of_the_origin_can_be_ended(issuer, alice, caplog):
    """On the day on which the old secret has leaked; logins of our own go on."""
    bob = get_user_model().objects.create_user("bob")
    pairs = [sessions.refresh(issuer.refresh(user)) for user in (alice, alice, bob)]
    own, counts = sessions.start(alice), []
    caplog.set_level("INFO", "django_jwtkit.sessions")
    assert sessions.end_origin("simplejwt", batch=2, progress=counts.append) == 3
    assert counts == [2, 3]
    for pair in pairs:
        with pytest.raises(SessionEnded):
            sessions.refresh(pair.refresh)
    assert sessions.refresh(own.refresh)
    ended = [line for line in caplog.records if getattr(line, "event", "") == "session_ended"]
    assert sorted(line.account for line in ended) == sorted(map(str, (alice.pk, alice.pk, bob.pk)))
    with pytest.raises(ValueError, match="origin must not be empty"):
        sessions.end_origin("")


@pytest.mark.parametrize(
    ("change", "refusal"),
    [({"is_active": False}, UserInactive), ({"password": "md5$x$y"}, PasswordChanged)],
)
def test_a_user_who_must_not_refresh_does_not(issuer, alice, change, refusal):
    """After the exchange as ever."""
    pair = sessions.refresh(issuer.refresh(alice))
    get_user_model().objects.update(**change)
    with pytest.raises(refusal):
        sessions.refresh(pair.refresh)


def test_a_user_who_is_inactive_or_gone_gets_no_session(issuer, alice):
    """No row is written."""
    old = issuer.refresh(alice)
    get_user_model().objects.update(is_active=False)
    with pytest.raises(UserInactive):
        sessions.refresh(old)
    get_user_model().objects.all().delete()
    with pytest.raises(UserNotFound):
        sessions.refresh(old)
    assert not Session.objects.exists()


def test_a_user_whom_no_token_of_ours_can_name_gets_no_session(bridge, issuer, alice):
    """`USER_ID_FIELD` is empty, say: a refusal, and no row."""
    bridge(USER_ID_FIELD="last_name")
    with pytest.raises(UserNotFound):
        sessions.refresh(issuer.refresh(alice))
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    "claims",
    [
        {"jti": "x" * 300},
        {"exp": ago(seconds=1)},
        {"token_type": "access"},
        {"user_id": "77"},
        {"user_id": {"$ne": 1}},
        {"iat": "x"},
        {"iat": 10**18},
        {"exp": 10**400},
    ],
)
def test_bad_input_is_refused_and_writes_no_row(issuer, alice, claims):
    """One of our refusals, and nothing else."""
    try:
        text = issuer.refresh(alice, **claims)
    except (OverflowError, ValueError):
        pytest.skip("simplejwt cannot write it")
    with pytest.raises(TokenError):
        sessions.refresh(text)
    assert not Session.objects.exists()


def test_a_token_by_another_secret_writes_no_row(issuer, alice):
    """Nor does a token of ours, or garbage."""
    for text in (OldIssuer({"SIGNING_KEY": "somebody else's"}).refresh(alice), tokens.issue(alice), "a.b.c"):
        with pytest.raises(TokenError):
            sessions.refresh(text)
    assert not Session.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_exchange_inside_a_transaction_is_a_clear_error(issuer, alice):
    """As any refresh."""
    from django.db import transaction

    with transaction.atomic(), pytest.raises(InsideTransaction):
        sessions.refresh(issuer.refresh(alice))


def test_no_token_and_no_id_of_one_is_stored(issuer, alice, row):
    """A reader of the database can neither blacklist a token nor use it."""
    old = issuer.refresh(alice)
    jti = tokens.simplejwt.verify(old, token_type=tokens.simplejwt.REFRESH)["jti"]
    sessions.refresh(old)
    assert not [value for value in vars(row()).values() if str(value) in (old, jti)]


def test_an_exchange_counts_as_a_login(bridge, issuer, alice):
    """For `MAX_SESSIONS`, and for the receivers of `session_started`."""
    from django_jwtkit import signals

    bridge(MAX_SESSIONS=1)
    started = []

    def receive(sender, session, **_):
        started.append(session.origin)

    signals.session_started.connect(receive)
    try:
        pair = sessions.start(alice)
        sessions.refresh(issuer.refresh(alice))
    finally:
        signals.session_started.disconnect(receive)
    assert started == ["", "simplejwt"]
    with pytest.raises(SessionEnded):
        sessions.refresh(pair.refresh)
