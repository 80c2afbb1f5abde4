"""`KEYRING_SCOPE`: a function of the project says whose keys are meant, and nothing else is believed."""

import threading

import pytest
from django.core.cache import caches
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import override_settings

from django_jwtkit import keys, moments, sessions, tokens
from django_jwtkit.errors import ScopeUnknown, ServiceUnavailable, SessionEnded, UnknownKey
from django_jwtkit.keys import StoredKey
from django_jwtkit.keys.snapshots import memory
from django_jwtkit.keys.store import current_store
from tests.keys.memories import another_process
from tests.keys.rows import vouch_for

pytestmark = pytest.mark.django_db

here = threading.local()
calls = []


def scope():
    calls.append(1)
    answer = getattr(here, "scope", "acme")
    if isinstance(answer, type) and issubclass(answer, BaseException):
        raise answer("no tenant")
    return answer


@pytest.fixture(autouse=True)
def scoped(settings, db):
    settings.JWTKIT = {"KEYRING_SCOPE": f"{__name__}.scope"}
    here.scope = "acme"
    vouch_for()
    calls.clear()


def refuses(ring):
    """An operation of each kind."""
    now = moments.now()
    return {
        "verify": lambda: tokens.verify("x.y.z"),
        "keyring": lambda: keys.keyring(ring),
        "jwks": keys.jwks,
        "sign": lambda: keys.signing_key(ring, now=now, lifetime=now - now),
        "rotate": lambda: keys.rotate(ring),
        "generate": lambda: keys.generate(ring),
        "preview": lambda: keys.preview(ring),
        "revoke": lambda: keys.revoke(StoredKey.objects.first().kid, reason="x"),
    }


NO_ANSWERS = [
    ValueError,
    LookupError,
    KeyError,
    RuntimeError,
    None,
    "",
    "x" * 256,
    "a\nb",
    "a\x00",
    b"acme",
    7,
    True,
    ["acme"],
    "\ud800",
    "a\u2028b",
]


@pytest.mark.threat("TEN-002")
@pytest.mark.parametrize("answer", NO_ANSWERS, ids=ascii)
def test_no_answer_is_a_503_and_never_a_500(answer, client):
    """Neither is anything done under another scope instead."""
    here.scope = answer
    for name, operation in refuses("access").items():
        with pytest.raises(ServiceUnavailable) as refused:
            operation()
        assert type(refused.value) is ScopeUnknown, name
    header = {"Authorization": "Bearer x.y.z"}
    for response in (
        client.get("/.well-known/jwks.json"),
        client.post("/api/token/refresh/", {"refresh": "x.y.z"}),
        client.post("/api/token/verify/", {"token": "x.y.z"}),
        client.get("/api/sessions/", headers=header),
        client.get("/api/me/", headers=header),
    ):
        assert response.status_code == 503
        assert response.json() == {"detail": "Token service is unavailable"}


@pytest.mark.parametrize("path", ["nowhere.at.all", "nodots", "json.nothing"])
def test_a_path_that_leads_nowhere_is_a_503_too(path, client):
    """`check` says so before, but it may not have run."""
    with override_settings(JWTKIT={"KEYRING_SCOPE": path}):
        assert client.get("/.well-known/jwks.json").status_code == 503


def test_a_login_without_a_scope_is_a_503(client, django_user_model, settings):
    """Also where its throttle would have to count first."""
    django_user_model.objects.create_user("alice", password="correct horse")
    here.scope = None
    for rates in ({}, {"jwtkit_login": "9/min"}):
        settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
        answer = client.post("/api/token/", {"username": "alice", "password": "correct horse"})
        assert answer.status_code == 503


def test_commands_say_what_is_wrong(capsys):
    """In one line."""
    here.scope = ValueError
    for name in ("rotate_keys", "generate_key"):
        with pytest.raises((CommandError, SystemExit)) as refused:
            call_command(name)
        assert "KEYRING_SCOPE" in f"{refused.value}{capsys.readouterr().err}"


def test_the_scope_is_asked_once_for_each_operation(django_user_model):
    """A function that answers differently in between can't mix two tenants."""
    alice = django_user_model.objects.create_user("alice")
    text = tokens.issue(alice)
    for operation in (lambda: tokens.verify(text), lambda: tokens.issue(alice), keys.jwks):
        for _ in range(2):
            calls.clear()
            operation()
            assert len(calls) == 1
    with override_settings(JWTKIT={"KEYRING_SCOPE": f"{__name__}.scope", "ENCRYPT": ["access"]}):
        for operation in (lambda: tokens.issue(alice), lambda: tokens.verify(tokens.issue(alice))):
            calls.clear()
            operation()
            assert len(calls) <= 2


@pytest.mark.threat("TEN-002")
def test_each_scope_has_a_memory_of_its_own():
    """What one has learnt, another asks the database for."""
    first = keys.keyring("access").snapshot
    here.scope = "globex"
    second = keys.keyring("access").snapshot
    assert (first.address.scope, second.address.scope) == ("acme", "globex")
    assert first.proven is not second.proven
    assert not {id(entry) for entry in first.entries.values()} & {
        id(entry) for entry in second.entries.values()
    }


@pytest.mark.threat("TEN-002")
def test_a_keyring_that_is_kept_over_a_change_of_tenants_does_not_look(django_assert_num_queries):
    """It would see the other tenant's rows, and file them under its own."""
    with another_process():
        ring = keys.keyring("access")
        here.scope = "globex"
        with django_assert_num_queries(0), pytest.raises(UnknownKey):
            ring.find({"alg": "ES256", "kid": "unknown"})
        here.scope = "acme"
        with django_assert_num_queries(1), pytest.raises(UnknownKey):
            ring.find({"alg": "ES256", "kid": "unknown"})


def test_a_change_concerns_the_scope_that_it_was_made_in(django_assert_num_queries):
    """Other tenants go on without a look."""
    before = keys.keyring("access").snapshot.entries.keys()
    here.scope = "globex"
    keys.keyring("access")
    keys.rotate("access", at_once=True, force=True)
    here.scope = "acme"
    with django_assert_num_queries(0):
        assert len(keys.keyring("access").snapshot.entries) == 2
    here.scope = "globex"
    assert not keys.keyring("access").snapshot.entries.keys() & before


def test_the_number_of_memories_is_bounded(monkeypatch):
    """Where a scope is what a stranger has typed into a host name."""
    monkeypatch.setattr(memory, "MAX_MEMORIES", 8)
    for number in range(50):
        here.scope = f"tenant{number}"
        keys.keyring("access")
        assert len(memory._memories) <= 8


@pytest.mark.threat("TEN-002")
def test_entries_of_the_session_cache_are_a_scopes_own(django_user_model, settings):
    """A tombstone of one tenant ends nothing at another, and "alive" of one is not another's."""
    settings.JWTKIT = {**settings.JWTKIT, "CHECK_SESSION": True, "SESSION_CACHE": "default"}
    claims = tokens.verify(sessions.start(django_user_model.objects.create_user("alice")).access)
    assert sessions.check(claims).username == "alice"
    here.scope = "globex"
    assert sessions.cache.look(claims["sid"], keys.now()) is None
    here.scope = "acme"
    assert sessions.cache.look(claims["sid"], keys.now()) is not None
    caches["default"].clear()


@pytest.mark.django_db(transaction=True)
def test_a_tombstone_is_filed_where_the_session_ended(django_user_model, settings):
    """The transaction may commit when another tenant is current already."""
    from django.db import transaction

    settings.JWTKIT = {**settings.JWTKIT, "CHECK_SESSION": True, "SESSION_CACHE": "default"}
    claims = tokens.verify(sessions.start(django_user_model.objects.create_user("alice")).access)
    sessions.check(claims)
    with transaction.atomic():
        assert sessions.end(claims["sid"])
        here.scope = "public"
    here.scope = "acme"
    with pytest.raises(SessionEnded, match="tombstone"):
        sessions.check(claims)
    caches["default"].clear()


def test_a_session_ends_where_no_scope_can_be_had(django_user_model, settings, caplog):
    """In the database, which is what counts; the cache's entry is good for ten seconds at most."""
    settings.JWTKIT = {**settings.JWTKIT, "CHECK_SESSION": True, "SESSION_CACHE": "default"}
    claims = tokens.verify(sessions.start(django_user_model.objects.create_user("alice")).access)
    here.scope = RuntimeError
    assert sessions.end(claims["sid"])
    assert "KEYRING_SCOPE" in caplog.text
    here.scope = "acme"
    with pytest.raises(SessionEnded):
        sessions.check(claims)


@pytest.mark.threat("TEN-002")
def test_tenants_clients_are_counted_apart(client, settings):
    """A hundred failed logins at one tenant lock nobody out of another."""
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": __name__}
    }
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {"jwtkit_refresh": "2/min"},
    }

    def statuses():
        return [client.post("/api/token/refresh/", {"refresh": "x"}).status_code for _ in range(3)]

    assert statuses() == [401, 401, 429]
    here.scope = "globex"
    vouch_for()
    assert statuses() == [401, 401, 429]


def test_a_tag_tells_stores_apart():
    """No two give one name in a cache, whatever stands in them."""
    pairs = [("a", "b"), ("b", "a"), ("a", "b'"), ("a:b", ""), ("a", ""), ("", "a")]
    assert len({keys.Store(*pair).tag for pair in pairs}) == len(pairs)
    assert current_store().tag.isalnum()
