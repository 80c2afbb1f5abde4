"""A login is over when its user is gone, inactive, or has another password."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import models

from django_jwtkit import sessions, tokens
from django_jwtkit.errors import PasswordChanged, SessionEnded, TokenError, UserInactive, UserNotFound
from django_jwtkit.sessions import Session


def by_id(claims):
    """Find users as our own rule does."""
    return get_user_model().objects.get(pk=claims["sub"])


@pytest.fixture(params=["refresh", "check"])
def ask(request):
    """Ask about a login: by its refresh token, or by its access token with CHECK_SESSION."""

    def ask(pair):
        if request.param == "refresh":
            return sessions.refresh(pair.refresh)
        return sessions.check(tokens.verify(pair.access))

    return ask


@pytest.mark.threat("USR-003", "USR-004")
def test_a_deleted_user_is_not_found(alice, pair, ask):
    """A refusal, and no error."""
    alice.delete()
    with pytest.raises(UserNotFound):
        ask(pair)


@pytest.mark.threat("USR-005")
def test_an_id_that_is_given_again_is_no_login(alice, pair, ask):
    """SQLite does that with the last one; the session went with the first user."""
    pk = alice.pk
    alice.delete()
    get_user_model().objects.create(pk=pk, username="mallory")
    with pytest.raises(SessionEnded):
        ask(pair)


@pytest.mark.threat("USR-001")
def test_an_inactive_user_is_refused(pair, ask):
    """At once."""
    get_user_model().objects.update(is_active=False)
    with pytest.raises(UserInactive):
        ask(pair)


@pytest.mark.threat("USR-002")
def test_a_refresh_of_an_inactive_user_ends_the_session(pair, row):
    """Made active again, they log in anew."""
    get_user_model().objects.update(is_active=False)
    with pytest.raises(UserInactive):
        sessions.refresh(pair.refresh)
    get_user_model().objects.update(is_active=True)
    with pytest.raises(SessionEnded):
        sessions.refresh(pair.refresh)
    assert row().end_reason == "user_inactive"


@pytest.mark.threat("USR-006")
def test_a_changed_password_is_the_end_of_all_logins(alice, pair, ask):
    """Whatever changed it: a view, the admin, a command."""
    alice.set_password("a new pass phrase")
    alice.save()
    with pytest.raises(PasswordChanged):
        ask(pair)
    assert not sessions.live(alice).exists()


@pytest.mark.threat("RFR-021")
def test_the_grace_is_no_way_around_the_users_state(alice, pair):
    """A retry is asked the same questions."""
    sessions.refresh(pair.refresh)
    alice.set_password("a new pass phrase")
    alice.save()
    with pytest.raises(PasswordChanged):
        sessions.refresh(pair.refresh)


def test_an_old_secret_key_still_vouches_for_a_login(alice, pair, ask, settings, row):
    """SECRET_KEY_FALLBACKS; the next refresh stamps the session with the new one."""
    settings.JWTKIT = {"SEALING_KEYS": ()}
    old = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-secret-" * 4, [old]
    assert ask(pair)
    assert sessions.live(alice).count() == 1


def test_a_refresh_stamps_a_login_by_the_newest_secret_key(alice, pair, settings, row):
    """So that the old one can be taken out of the fallbacks some day."""
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-" * 4
    before = row().auth_hash
    sessions.refresh(pair.refresh)
    assert row().auth_hash == tokens.password_stamps.auth_hash(alice) != before


@pytest.mark.threat("USR-007")
def test_a_better_hasher_logs_nobody_out(alice, pair, ask, row):
    """The same password, hashed anew at a login: the sessions of the old hash are stamped anew."""
    old = tokens.password_stamps.auth_hash(alice)
    alice.set_password("correct horse")
    alice.save()
    assert tokens.password_stamps.auth_hash(alice) != old
    assert sessions.rehash(alice, old) == 1
    assert ask(pair)


@pytest.mark.threat("USR-007")
def test_a_better_hasher_and_a_newer_secret_key_log_nobody_out(alice, pair, ask, settings):
    """A login that bears the stamp of an older SECRET_KEY is stamped anew as well."""
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-" * 4
    old = tokens.password_stamps.auth_hashes(alice)
    alice.set_password("correct horse")
    alice.save()
    assert sessions.rehash(alice, *old) == 1
    assert ask(pair)


def test_rehashing_touches_only_the_logins_of_the_old_hash(alice, pair, row):
    """A login that an earlier password change has ended stays ended."""
    alice.set_password("a new pass phrase")
    alice.save()
    changed = tokens.password_stamps.auth_hash(alice)
    alice.set_password("a new pass phrase")
    alice.save()
    assert sessions.rehash(alice, changed) == 0
    assert sessions.rehash(alice, "") == 0
    assert sessions.rehash(alice, tokens.password_stamps.auth_hash(alice)) == 0
    with pytest.raises(PasswordChanged):
        sessions.refresh(pair.refresh)


def test_a_login_can_be_stamped_with_the_password_that_was_proven(alice):
    """A password that changes while a login is under way ends that login too."""
    proven = tokens.password_stamps.auth_hash(alice)
    alice.set_password("a new pass phrase")
    alice.save()
    pair = sessions.start(alice, auth_hash=proven)
    with pytest.raises(PasswordChanged):
        sessions.refresh(pair.refresh)


def test_a_user_whom_the_manager_hides_is_not_found(alice, pair, ask, monkeypatch):
    """Marked as deleted, say: the session's join must not find what `load` would not."""

    class Visible(models.Manager):
        def get_queryset(self):
            return super().get_queryset().exclude(last_name="deleted")

    model = get_user_model()
    manager = Visible()
    manager.model = model
    monkeypatch.setitem(vars(model._meta), "default_manager", manager)
    assert ask(pair)
    model._base_manager.update(last_name="deleted")
    with pytest.raises(UserNotFound):
        ask(pair)


@pytest.mark.parametrize("loader", [None, f"{__name__}.by_id"])
def test_a_session_is_one_users(alice, pair, row, settings, loader):
    """A token that joins one user to another's session is refused, with any loader."""
    settings.JWTKIT = {"USER_LOADER": loader}
    bob = get_user_model().objects.create_user("bob")
    mixed = tokens.issue(bob, sid=str(row().pk))
    with pytest.raises(TokenError):
        sessions.check(tokens.verify(mixed))
    assert sessions.check(tokens.verify(pair.access)) == alice


def test_an_expired_login_is_over(pair, ask, row):
    """Whatever the token says."""
    Session.objects.update(expires_at=row().created_at - timedelta(seconds=1))
    with pytest.raises(SessionEnded):
        ask(pair)
