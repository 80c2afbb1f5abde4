"""A hasher's upgrade logs nobody out through any door; a password that changes ends the others, always."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import aauthenticate, authenticate, get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client, override_settings
from django.test.utils import isolate_apps

from django_jwtkit import sessions
from django_jwtkit.errors import PasswordChanged
from django_jwtkit.sessions.logins import upgrades

PASSWORD, NEW = "correct horse", "a new pass phrase"
HASHERS = [f"django.contrib.auth.hashers.{name}PasswordHasher" for name in ("PBKDF2", "MD5")]
JSON = {"content_type": "application/json"}


class Quick(PBKDF2PasswordHasher):
    """The hasher of a new release: another number of iterations, and one that costs nothing."""

    iterations = 7


with isolate_apps("django.contrib.auth"):

    class Proxy(User):
        """A project's proxy of the user model."""

        class Meta:
            app_label = "auth"
            proxy = True


class ByProxy(ModelBackend):
    """A backend that finds its users by another name and by another model, as allauth's by an address."""

    def authenticate(self, request, email=None, password=None, **_):
        user = Proxy.objects.filter(email=email).first()
        return user if user is not None and user.check_password(password) else None


@pytest.fixture(autouse=True)
def _hashers(settings, monkeypatch):
    settings.PASSWORD_HASHERS = [f"{__name__}.Quick", *HASHERS[1:]]
    upgrades.watch(Proxy)  # it came after the apps were ready


@pytest.fixture
def alice(db):
    """A user whose hash is an old release's."""
    old = Quick().encode(PASSWORD, "s" * 22, 3)
    return get_user_model().objects.create(
        username="alice", email="a@example.com", password=old, is_staff=True, is_superuser=True
    )


def hash_of(alice):
    return get_user_model().objects.values_list("password", flat=True).get(pk=alice.pk)


def by_our_login():
    assert (
        Client().post("/api/token/", {"username": "alice", "password": PASSWORD}, **JSON).status_code == 200
    )


def by_the_admin():
    fields = {"username": "alice", "password": PASSWORD, "next": "/admin/"}
    assert Client().post("/admin/login/", fields).status_code == 302


def by_a_backend_of_another_name():
    with override_settings(AUTHENTICATION_BACKENDS=[f"{__name__}.ByProxy"]):
        assert sessions.start(authenticate(email="a@example.com", password=PASSWORD))


def by_check_password():
    assert get_user_model().objects.get(username="alice").check_password(PASSWORD)


def by_a_deferred_password():
    assert get_user_model().objects.only("username").get(username="alice").check_password(PASSWORD)


DOORS = [by_our_login, by_the_admin, by_a_backend_of_another_name, by_check_password, by_a_deferred_password]


@pytest.mark.threat("USR-007")
@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_an_upgrade_logs_nobody_out(alice, pair, door):
    """Whatever stores it. The login that did it lives too."""
    before = hash_of(alice)
    door()
    assert hash_of(alice) != before
    assert sessions.refresh(pair.refresh)
    alice.refresh_from_db()
    assert {row.auth_hash for row in sessions.Session.objects.all()} == {alice.get_session_auth_hash()}


@pytest.mark.threat("USR-007")
@pytest.mark.django_db(transaction=True)
def test_an_asynchronous_login_logs_nobody_out(alice, pair):
    """`asave()` is the same save."""
    assert async_to_sync(aauthenticate)(username="alice", password=PASSWORD)
    assert hash_of(alice) != alice.password
    assert sessions.refresh(pair.refresh)


@pytest.mark.threat("USR-007")
def test_a_session_by_an_older_secret_key_survives(alice, pair, settings):
    """SECRET_KEY and the hasher may change on one day."""
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-secret-" * 4
    by_check_password()
    settings.SECRET_KEY_FALLBACKS = []
    alice.refresh_from_db()
    assert sessions.live(alice).count() == 1


def set_and_save(user):
    user.set_password(NEW)
    user.save()


def set_and_save_that_field(user):
    user.set_password(NEW)
    user.save(update_fields=["password"])


def assign(user):
    user.password = make_password(NEW)
    user.save(update_fields=["password"])


def assign_after_an_upgrade(user):
    assert user.check_password(PASSWORD)
    assign(user)


def assign_after_another_change(user):
    set_and_save(user)
    sessions.Session.objects.update(auth_hash=user.get_session_auth_hash())
    assign(user)


def assign_an_old_hash(user):
    user.password = make_password(NEW, hasher="md5")
    user.save(update_fields=["password"])


def make_unusable(user):
    user.set_unusable_password()
    user.save(update_fields=["password"])


def make_unusable_after_an_upgrade(user):
    assert user.check_password(PASSWORD)
    make_unusable(user)


def update(user):
    type(user).objects.filter(pk=user.pk).update(password=make_password(NEW))


def change_like_an_upgrade(user):
    """Django's own mark, on a hash that no login would upgrade."""
    assert user.check_password(PASSWORD)
    user.set_password(NEW)
    user._password = None
    user.save(update_fields=["password"])


def change_in_two_saves(user):
    """Django forgets after any save that a password was set, whether that was stored or not."""
    user.set_password(NEW)
    user.save(update_fields=["email"])
    user.save(update_fields=["password"])


def change_in_three_saves(user):
    user.set_password(NEW)
    user.save(update_fields=["email"])
    user.save(update_fields=[])
    user.save(update_fields=["email", "password"])


CHANGES = [
    change_in_two_saves,
    change_in_three_saves,
    set_and_save,
    set_and_save_that_field,
    assign,
    assign_after_an_upgrade,
    assign_after_another_change,
    assign_an_old_hash,
    make_unusable,
    make_unusable_after_an_upgrade,
    update,
    change_like_an_upgrade,
]


@pytest.mark.threat("USR-006")
@pytest.mark.parametrize("fresh", [True, False])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_real_change_ends_the_others_and_is_kept(alice, pair, change, fresh):
    """Also one that looks much like an upgrade."""
    user = get_user_model().objects.get(pk=alice.pk) if fresh else alice
    change(user)
    with pytest.raises(PasswordChanged):
        sessions.refresh(pair.refresh)
    stored = get_user_model().objects.get(pk=alice.pk)
    assert not stored.check_password(PASSWORD)
    assert "unusable" in change.__name__ or stored.check_password(NEW)


@pytest.mark.threat("USR-006")
def test_an_upgrade_never_goes_over_a_change(alice, pair, settings):
    """The password changes between the check of the old one and the save of its new hash."""
    late = get_user_model().objects.get(pk=alice.pk)
    assert late.password == hash_of(alice)
    set_and_save(alice)
    assert late.check_password(PASSWORD)  # by the hash that it was read with
    assert get_user_model().objects.get(pk=alice.pk).check_password(NEW)
    assert not upgrades.is_proven(late, PASSWORD)
    with pytest.raises(PasswordChanged):
        sessions.refresh(pair.refresh)


@pytest.mark.threat("USR-006")
def test_our_login_proves_the_password_again(alice, rf, monkeypatch):
    """A login with the old password that is overtaken by the change is refused, and leaves no session."""
    check = get_user_model().check_password

    def overtaken(user, raw):
        set_and_save(alice)
        return check(user, raw)

    monkeypatch.setattr(get_user_model(), "check_password", overtaken)
    answer = Client().post("/api/token/", {"username": "alice", "password": PASSWORD}, **JSON)
    assert answer.status_code == 401
    assert not sessions.Session.objects.exists()


def test_a_login_does_not_fail_where_sessions_cannot_be_stamped(alice, take_away, caplog):
    """Not migrated yet: the project's other doors go on, and the log says what has happened."""
    take_away(sessions.Session)
    by_the_admin()
    (line,) = [record for record in caplog.records if getattr(record, "event", "") == "upgrade_not_followed"]
    assert line.sub == str(alice.pk)
    assert hash_of(alice) not in caplog.text


def test_what_is_deferred_stays_deferred(alice, django_assert_num_queries):
    """Our receivers ask for nothing that nobody needs."""
    with django_assert_num_queries(1):
        user = get_user_model().objects.only("username").get(pk=alice.pk)
    with django_assert_num_queries(1):
        user.save(update_fields=["username"])
    assert "password" in user.get_deferred_fields()


def at_once(call, count):
    """Call `call` in so many threads, with a connection each, at the same moment."""
    start = threading.Barrier(count)

    def call_one(number):
        start.wait()
        try:
            return call(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call_one, range(count)))


@pytest.mark.race
@pytest.mark.threat("USR-007")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("atomic", [False, True], ids=["by itself", "in a transaction"])
def test_logins_at_once_log_nobody_out(alice, atomic, quick_switches, monkeypatch):
    """Every session of before and every fresh login lives, and all agree on one hash."""
    if connection.vendor == "sqlite" and atomic:
        pytest.skip("SQLite's transactions that read first can't wait for one another")
    everybody_has_read = threading.Barrier(4)
    check = get_user_model().check_password

    def together(user, raw):
        everybody_has_read.wait()
        return check(user, raw)

    def log_in(_):
        with transaction.atomic() if atomic else threading.Lock():
            user = authenticate(username="alice", password=PASSWORD)
        return sessions.start(user).refresh

    for turn in range(3):
        old = Quick().encode(PASSWORD, f"{turn}" * 22, 3)
        get_user_model().objects.filter(pk=alice.pk).update(password=old)
        sessions.Session.objects.all().delete()
        alice.refresh_from_db()
        phone = sessions.start(alice).refresh
        with monkeypatch.context() as patch:
            patch.setattr(get_user_model(), "check_password", together)
            logins = at_once(log_in, 4)
        for text in [phone, *logins]:
            assert sessions.refresh(text)
        stored = get_user_model().objects.get(pk=alice.pk)
        assert stored.password not in {old, ""}
        assert sessions.live(stored).count() == 5
