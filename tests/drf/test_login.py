"""Logging in: always the work of Django's `authenticate()`, and the same answer to whoever fails."""

import random
import time
from statistics import median

import pytest
from django.contrib.auth import get_user_model, user_logged_in, user_login_failed
from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.auth.hashers import MD5PasswordHasher, PBKDF2PasswordHasher, make_password
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest
from django.test.utils import CaptureQueriesContext
from rest_framework import serializers

from django_jwtkit import sessions, tokens
from django_jwtkit.drf.serializers import TokenObtainPairSerializer
from django_jwtkit.drf.views import TokenObtainPairView

PASSWORD = "correct horse battery staple"
NO_ACCOUNT = b'{"detail":"No active account found with the given credentials"}'


class Inactive(ModelBackend):
    """A backend that lets inactive users pass, as Django's `AllowAllUsersModelBackend` does."""

    def user_can_authenticate(self, user):
        return True


class Locks(BaseBackend):
    """Keeps everybody out, as django-axes does with whoever has failed too often."""

    def authenticate(self, request, **credentials):
        raise PermissionDenied


@pytest.fixture
def failing(alice, bob):
    """Logins that fail: an unknown user, a wrong password, an inactive user, a user without a password."""
    get_user_model().objects.filter(pk=bob.pk).update(is_active=False)
    get_user_model().objects.create_user("carol")
    return [("nobody", PASSWORD), ("alice", "wrong"), ("bob", PASSWORD), ("bob", "wrong"), ("carol", "x")]


@pytest.mark.threat("LOG-001", "LOG-003")
def test_failed_logins_cannot_be_told_apart(api, failing):
    """The same bytes, the same headers, the same number of queries."""
    answers = []
    for username, password in failing:
        with CaptureQueriesContext(connection) as queries:
            answer = api.log_in(username, password)
        answers.append((answer.status_code, answer.content, dict(answer.headers), len(queries)))
    assert answers[0][:2] == (401, NO_ACCOUNT)
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.threat("LOG-001")
def test_a_user_who_is_locked_out_gets_the_same_answer(api, failing, settings):
    """Also with the right password."""
    before = api.log_in("nobody")
    settings.AUTHENTICATION_BACKENDS = [f"{Locks.__module__}.Locks", *settings.AUTHENTICATION_BACKENDS]
    answer = api.log_in("alice")
    assert (answer.status_code, answer.content) == (401, NO_ACCOUNT)
    assert dict(answer.headers) == dict(before.headers)


@pytest.mark.threat("LOG-002")
def test_each_failing_path_hashes_once(api, failing, monkeypatch):
    """The hasher is what takes the time: an unknown user costs as much as a known one."""
    work = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: work.append(args) or encode(*args))
    for username, password in failing:
        work.clear()
        api.log_in(username, password)
        assert len(work) == 1, username


class Slow(PBKDF2PasswordHasher):
    """Some milliseconds of work, a fiftieth of what Django's own takes: what hides in that shows here."""

    iterations = 20_000


class Hasty(ModelBackend):
    """A backend that hashes nothing for an unknown user."""

    def authenticate(self, request, username=None, password=None):
        exists = get_user_model().objects.filter(username=username).exists()
        return super().authenticate(request, username, password) if exists else None


@pytest.fixture
def spread(api, failing, settings):
    """Return a function: by how much the slowest of the failing takes longer than the quickest.

    By medians of the processor's time, which work elsewhere disturbs least, of so many shuffled rounds.
    """
    settings.PASSWORD_HASHERS = [f"{Slow.__module__}.Slow"]
    get_user_model().objects.filter(username__in=["alice", "bob"]).update(password=make_password(PASSWORD))

    def spread(rounds):
        took = {login: [] for login in failing}
        for _ in range(rounds):
            for login in random.sample(failing, len(failing)):
                began = time.process_time()
                assert api.log_in(*login).status_code == 401
                took[login].append(time.process_time() - began)
        medians = [median(each) for each in took.values()]
        return max(medians) / min(medians) - 1

    return spread


@pytest.mark.threat("LOG-002")
def test_each_failing_path_takes_the_same_time(spread):
    """What the counts above leave out is less than a tenth of a fiftieth of a login, also where it's busy."""
    assert any(spread(rounds=15) < 0.1 for _ in range(8))


def test_a_path_that_hashes_nothing_would_be_seen(spread, settings):
    """The test above can fail."""
    settings.AUTHENTICATION_BACKENDS = [f"{Hasty.__module__}.Hasty"]
    assert spread(5) > 1


def test_an_inactive_user_is_refused_whatever_the_backend_says(api, bob, settings):
    """A session would be refused on the next request anyway."""
    settings.AUTHENTICATION_BACKENDS = [f"{Inactive.__module__}.Inactive"]
    bob.is_active = False
    bob.save()
    answer = api.log_in("bob")
    assert (answer.status_code, answer.content) == (401, NO_ACCOUNT)
    assert not sessions.live(bob).exists()


def test_the_backend_gets_django_s_own_request(api, alice, monkeypatch):
    """django-axes and others read it."""
    requests = []
    real = ModelBackend.authenticate
    monkeypatch.setattr(
        ModelBackend,
        "authenticate",
        lambda *args, **fields: requests.append(args[1]) or real(*args, **fields),
    )
    assert api.log_in().status_code == 200
    assert isinstance(requests[0], HttpRequest)


@pytest.mark.threat("LOG-012", "AUD-LOG-002")
def test_django_s_signals_are_sent(api, alice):
    """`user_logged_in` moves `last_login`; `user_login_failed` comes from Django, without the password."""
    events = []

    def logged_in(sender, request, user, **rest):
        events.append((sender, type(request).__name__, user.pk))

    def failed(credentials, request, **rest):
        events.append((credentials, type(request).__name__))

    user_logged_in.connect(logged_in)
    user_login_failed.connect(failed)
    try:
        api.log_in(password="wrong")
        api.log_in()
    finally:
        user_logged_in.disconnect(logged_in)
        user_login_failed.disconnect(failed)
    masked = {"username": "alice", "password": "********************"}
    assert events == [(masked, "WSGIRequest"), (get_user_model(), "WSGIRequest", alice.pk)]
    alice.refresh_from_db()
    assert alice.last_login is not None


@pytest.mark.threat("LOG-012")
def test_only_a_login_moves_last_login(api, alice):
    """No row is written, or locked, for an access; nor the user's for a refresh."""
    pair = api.log_in().json()
    alice.refresh_from_db()
    before = alice.last_login
    with CaptureQueriesContext(connection) as access:
        assert api.get("/api/me/", pair["access"]).status_code == 200
    with CaptureQueriesContext(connection) as refresh:
        assert api.post("/api/token/refresh/", {"refresh": pair["refresh"]}).status_code == 200
    assert [query["sql"].split()[0] for query in access] == ["SELECT"]
    assert not [query["sql"] for query in refresh if "UPDATE" in query["sql"] and "auth_user" in query["sql"]]
    alice.refresh_from_db()
    assert alice.last_login == before


@pytest.mark.parametrize(
    ("username", "password", "named"),
    [
        ("alice", "x" * 4097, "password"),
        ("a" * 255, "x", "username"),
        ("a\x00b", "x", "username"),
        ("alice", "a\x00b", "password"),
        (5, "x", "username"),
        ("alice", True, "password"),
        ("", "x", "username"),
        ("alice", "", "password"),
    ],
)
def test_what_no_user_can_have_is_a_400(api, alice, username, password, named):
    """No hashing of megabytes, no NUL for PostgreSQL to choke on, no number for a string."""
    answer = api.log_in(username, password)
    assert answer.status_code == 400
    assert list(answer.json()) == [named]


@pytest.mark.parametrize("password", ["x" * 4096, "  spaces around  ", "\N{PILE OF POO}" * 4096])
def test_every_character_of_a_password_counts(api, alice, password):
    """Up to 4,096 of them; nothing is trimmed."""
    alice.set_password(password)
    alice.save()
    assert api.log_in(password=password).status_code == 200
    assert api.log_in(password=password.strip() + "x").status_code in {400, 401}


def test_the_field_is_named_as_the_user_model_names_it(api, alice, monkeypatch):
    """`USERNAME_FIELD`: with an e-mail address for a name, the member is `email`."""
    monkeypatch.setattr(get_user_model(), "USERNAME_FIELD", "email")
    get_user_model().objects.update(email="alice@example.com")
    body = {"email": "alice@example.com", "password": PASSWORD}
    assert list(api.post("/api/token/", body).json()) == ["refresh", "access"]
    assert api.post("/api/token/", {"username": "alice", "password": PASSWORD}).json() == {
        "email": ["This field is required."]
    }


def test_a_name_may_be_as_long_as_its_column(api, alice, monkeypatch):
    """A project whose names are longer than an e-mail address."""
    monkeypatch.setattr(get_user_model()._meta.get_field("username"), "max_length", 300)
    assert api.log_in("a" * 300).status_code == 401
    assert api.log_in("a" * 301).status_code == 400


@pytest.mark.threat("HTTP-020", "CFG-010", "USR-013")
def test_other_members_of_the_body_are_not_read(api, alice):
    """No claim and no lifetime comes from the client."""
    plain = tokens.verify(api.log_in().json()["access"])
    extra = {"is_staff": True, "exp": 9999999999, "sub": "2", "claims": {"role": "admin"}, "lifetime": 10**9}
    padded = tokens.verify(api.log_in(**extra).json()["access"])
    assert set(padded) == set(plain)
    assert padded["sub"] == str(alice.pk)
    assert padded["exp"] - padded["iat"] == plain["exp"] - plain["iat"]


@pytest.mark.threat("HTTP-021")
def test_a_login_leads_nowhere(api, alice):
    """There is no `next`."""
    answer = api.post("/api/token/?next=https://evil.example/", {"username": "alice", "password": PASSWORD})
    assert answer.status_code == 200
    assert "Location" not in answer.headers


@pytest.mark.threat("LOG-007")
def test_each_login_is_a_session_of_its_own(api, alice):
    """Nothing that was known before the login is good after it."""
    first, second = (tokens.verify(api.log_in().json()["access"])["sid"] for _ in range(2))
    assert first != second


@pytest.mark.threat("USR-007")
def test_an_upgrade_of_the_hasher_ends_no_session(api, alice, settings):
    """The first login after the upgrade writes a new hash: the other sessions go on."""
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    get_user_model().objects.filter(pk=alice.pk).update(password=make_password(PASSWORD, hasher="md5"))
    alice.refresh_from_db()
    before = sessions.start(alice)
    assert api.log_in().status_code == 200
    stored = get_user_model().objects.get(pk=alice.pk).password
    assert stored.startswith("pbkdf2_sha256$")
    assert api.post("/api/token/refresh/", {"refresh": before.refresh}).status_code == 200


@pytest.mark.threat("USR-007")
def test_an_upgrade_ends_no_session_of_an_older_secret_key_either(api, alice, settings):
    """SECRET_KEY and the hasher change on one day: a session bears the old key's stamp of the old hash."""
    before = sessions.start(alice)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-that-nobody-has-seen-" * 2
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]
    assert api.log_in().status_code == 200
    assert api.post("/api/token/refresh/", {"refresh": before.refresh}).status_code == 200


@pytest.mark.threat("USR-006")
def test_a_login_revives_no_session_of_an_old_password(api, alice):
    """A password change is no hasher upgrade."""
    before = sessions.start(alice)
    alice.set_password("another one")
    alice.save()
    assert api.log_in(password="another one").status_code == 200
    answer = api.post("/api/token/refresh/", {"refresh": before.refresh})
    assert answer.status_code == 401
    assert answer.json()["code"] == "password_changed"


class OneTimeSerializer(TokenObtainPairSerializer):
    """One field more."""

    code = serializers.CharField(write_only=True)


class OneTimeView(TokenObtainPairView):
    """A login with a second factor, and a member more in the answer."""

    serializer_class = OneTimeSerializer

    def authenticate_user(self, credentials):
        code = credentials.pop("code")
        user = super().authenticate_user(credentials)
        return user if code == "123456" else None

    def get_response_data(self, user, pair):
        return {**super().get_response_data(user, pair), "username": user.get_username()}


@pytest.mark.threat("LOG-011")
@pytest.mark.parametrize(
    ("code", "status"), [({}, 400), ({"code": "000000"}, 401), ({"code": "123456"}, 200)]
)
def test_a_one_time_password_is_a_small_subclass(rf, alice, code, status):
    """No token before the last factor."""
    body = {"username": "alice", "password": PASSWORD, **code}
    answer = OneTimeView.as_view()(rf.post("/", body, content_type="application/json"))
    assert answer.status_code == status
    assert sessions.live(alice).count() == (status == 200)
    if status == 200:
        assert answer.data["username"] == "alice"


def test_a_password_that_changes_during_the_login_is_no_upgrade(rf, alice):
    """The hash has changed between the two looks, but not because of the hasher: old sessions stay dead."""

    class Overtaken(TokenObtainPairView):
        def authenticate_user(self, credentials):
            alice.set_password("another one")
            alice.save()
            return super().authenticate_user(credentials)

    sessions.start(alice)
    body = {"username": "alice", "password": "another one"}
    assert Overtaken.as_view()(rf.post("/", body, content_type="application/json")).status_code == 200
    alice.refresh_from_db()
    assert sessions.live(alice).count() == 1


@pytest.mark.threat("LOG-005")
def test_look_alikes_are_two_users(api, alice):
    """The token is that of the row whose password was proven."""
    twin = get_user_model().objects.create_user("\N{CYRILLIC SMALL LETTER A}lice", password="their own")
    assert tokens.verify(api.log_in(twin.username, "their own").json()["access"])["sub"] == str(twin.pk)
    assert api.log_in(twin.username).status_code == 401
