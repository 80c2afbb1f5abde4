"""The cut-off of a user: whatever logs them out everywhere refuses their older simplejwt tokens too."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import transaction

from django_jwtkit import sessions, tokens
from django_jwtkit.errors import MissingClaim, SessionEnded
from django_jwtkit.sessions import Session, SimpleJWTCutoff, SimpleJWTSighting
from tests.simplejwt.issuing import ago, seconds

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def use(issuer):
    """Return a function that authenticates with an old access token."""
    return lambda text: sessions.load_simplejwt_user(tokens.simplejwt.verify(text))


def change(user):
    user.set_password("another horse")
    user.save()


def change_alone(user):
    user.set_password("another horse")
    user.save(update_fields=["password"])


def change_deferred(user):
    late = get_user_model().objects.only("username").get(pk=user.pk)
    late.set_password("another horse")
    late.save()


def write(user):
    user.password = make_password("another horse")
    user.save()


@pytest.mark.parametrize(
    "act", [sessions.end_all, sessions.cut_off_simplejwt, change, change_alone, change_deferred, write]
)
def test_older_tokens_are_refused(issuer, alice, use, act):
    """By logout everywhere, and by a new password, however it is saved."""
    access, refresh, others = issuer.access(alice), issuer.refresh(alice), issuer.access(bob := make("bob"))
    assert use(access) == alice
    act(alice)
    for call in (use, sessions.refresh):
        with pytest.raises(SessionEnded):
            call(access if call is use else refresh)
    assert not Session.objects.exists()
    assert use(others) == bob


def make(name):
    return get_user_model().objects.create_user(name)


def test_newer_tokens_are_accepted(issuer, alice, use):
    """Old workers may log the user in again during a rolling deployment."""
    sessions.end_all(alice, now=datetime.now(UTC) - MINUTE)
    assert use(issuer.access(alice)) == alice
    with pytest.raises(SessionEnded):
        use(issuer.access(alice, iat=ago(minutes=2)))
    with pytest.raises(SessionEnded):
        use(issuer.access(alice, iat=None))  # nobody knows when that was issued


def test_the_second_of_the_cut_off_is_refused(issuer, alice, use):
    """`iat` has no fractions, and a stolen token must not live on for that."""
    now = datetime.now(UTC).replace(microsecond=900_000)
    sessions.end_all(alice, now=now)
    with pytest.raises(SessionEnded):
        use(issuer.access(alice, iat=seconds(now)))


def test_a_later_cut_off_stays(issuer, alice):
    """One row a user."""
    now = datetime.now(UTC)
    for moment in (now, now - MINUTE, now + MINUTE, now):
        sessions.cut_off_simplejwt(alice, now=moment)
    assert SimpleJWTCutoff.objects.get().issued_until == now + MINUTE


def test_an_upgraded_hash_and_other_fields_cut_nothing_off(issuer, alice, use, settings):
    """The password is the same."""
    access = issuer.access(alice)
    alice.first_name = "Alice"
    alice.save()
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    assert get_user_model().objects.get().check_password("correct horse")
    assert get_user_model().objects.get().password.startswith("pbkdf2")
    make("carol")
    assert use(access) == alice
    assert not SimpleJWTCutoff.objects.exists()


def test_a_rolled_back_change_cuts_nothing_off(issuer, alice, use):
    """The cut-off is written in the transaction of the password."""
    access = issuer.access(alice)
    with transaction.atomic():
        change(alice)
        transaction.set_rollback(True)
    assert use(access) == alice


def test_without_the_bridge_nothing_is_written(alice, settings):
    """No query more."""
    settings.JWTKIT = {}
    sessions.end_all(alice)
    change(alice)
    assert not SimpleJWTCutoff.objects.exists()


def test_a_user_costs_one_query(issuer, alice, use, django_assert_num_queries):
    """The cut-off comes with the user."""
    access = issuer.access(alice)
    use(access)
    with django_assert_num_queries(1):
        use(access)


def test_the_last_old_token_is_noted_once_a_minute(issuer, alice, use, django_assert_num_queries):
    """Once for all processes, and another process writes nothing that is younger."""
    assert sessions.last_seen_simplejwt() is None
    text = issuer.access(alice)
    use(text)
    first = sessions.last_seen_simplejwt()
    assert abs(datetime.now(UTC) - first) < MINUTE
    forget()
    use(text)
    assert sessions.last_seen_simplejwt() == first
    SimpleJWTSighting.objects.update(last_seen_at=first - 2 * MINUTE)
    use(text)  # this process has just looked
    assert sessions.last_seen_simplejwt() == first - 2 * MINUTE
    forget()
    use(text)
    assert sessions.last_seen_simplejwt() >= first


def forget():
    """Be another process."""
    from django_jwtkit.sessions.exchanging import sightings

    sightings._noted.clear()


def test_an_old_token_is_of_no_session_of_ours(issuer, alice):
    """Its sid is the project's own, though it may look like one."""
    sessions.start(alice)
    claims = tokens.simplejwt.verify(
        issuer.access(alice, sid=str(Session.objects.get().pk), sub=str(alice.pk))
    )
    with pytest.raises(MissingClaim):
        sessions.check(claims)


def test_a_refused_token_is_not_noted(issuer, alice, use):
    """Only what is accepted keeps the bridge open."""
    text = issuer.access(alice)
    sessions.end_all(alice)
    with pytest.raises(SessionEnded):
        use(text)
    assert sessions.last_seen_simplejwt() is None
