"""SESSION_CACHE saves a query; it never says yes where the database says no."""

import time
import uuid
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache

from django_jwtkit import sessions, tokens
from django_jwtkit.errors import MissingClaim, PasswordChanged, SessionEnded
from django_jwtkit.sessions import Session
from tests.proxy import Proxy
from tests.services import hang_up


class Down(BaseCache):
    """A cache whose server is away, with errors of its own kind."""

    class Away(Exception):
        pass

    def __init__(self, location, params):
        super().__init__(params)

    def get(self, *args, **kwargs):
        raise self.Away

    add = set_many = get


@pytest.fixture(params=["memory", "redis"])
def cached(request, settings):
    """The sessions' cache: Django's own memory, and a real Redis."""
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": request.node.name}
    settings.CACHES = {**settings.CACHES, "memory": memory}
    alias = request.getfixturevalue("redis_cache") if request.param == "redis" else "memory"
    settings.JWTKIT = {"CHECK_SESSION": True, "SESSION_CACHE": alias}
    return caches[alias]


def alias_of(cache):
    """The name under which the settings know `cache`."""
    return next(alias for alias in caches if caches[alias] is cache)


def test_a_token_without_a_session_is_refused(alice):
    """Nobody could end it."""
    with pytest.raises(MissingClaim):
        sessions.check(tokens.verify(tokens.issue(alice)))


def test_with_a_cache_too_it_is_one_query(alice, pair, cached, django_assert_num_queries):
    """The user's, whose password is compared each time."""
    claims = tokens.verify(pair.access)
    for _ in range(3):
        with django_assert_num_queries(1):
            assert sessions.check(claims) == alice


@pytest.mark.threat("USR-008")
def test_a_tombstone_refuses_without_a_query(alice, pair, cached, django_assert_num_queries):
    """Although the entry said "alive" a moment ago."""
    claims = tokens.verify(pair.access)
    sessions.check(claims)
    sessions.end(claims["sid"])
    with django_assert_num_queries(0), pytest.raises(SessionEnded):
        sessions.check(claims)


def test_a_slow_reader_does_not_write_over_a_tombstone(alice, pair, cached, row):
    """Who read "alive" just before the logout can only add."""
    claims, seen = tokens.verify(pair.access), row()
    sessions.end(claims["sid"])
    sessions.cache.remember(seen, seen.created_at)
    with pytest.raises(SessionEnded):
        sessions.check(claims)


def test_logout_everywhere_buries_them_all(alice, cached):
    """One tombstone a session."""
    all_claims = [tokens.verify(sessions.start(alice).access) for _ in range(3)]
    for claims in all_claims:
        sessions.check(claims)
    sessions.end_all(alice)
    for claims in all_claims:
        with pytest.raises(SessionEnded):
            sessions.check(claims)


@pytest.mark.threat("USR-006")
def test_a_changed_password_is_seen_through_the_cache(alice, pair, cached):
    """On the very next request."""
    claims = tokens.verify(pair.access)
    sessions.check(claims)
    alice.set_password("a new pass phrase")
    alice.save()
    with pytest.raises(PasswordChanged):
        sessions.check(claims)


def test_a_rehashed_login_is_not_refused_by_an_old_entry(alice, pair, cached):
    """Where the cache's stamp does not hold, the database decides."""
    claims, old = tokens.verify(pair.access), tokens.users.auth_hash(alice)
    sessions.check(claims)
    alice.set_password("correct horse")
    alice.save()
    sessions.rehash(alice, old)
    assert sessions.check(claims) == alice


def test_an_entry_does_not_outlive_its_session(alice, cached, now):
    """Nor ten seconds."""
    claims = tokens.verify(sessions.start(alice, lifetime=timedelta(minutes=1)).access)
    sessions.check(claims)
    Session.objects.update(expires_at=now)
    sessions.cache.remember(Session.objects.get(), now)
    cached.clear()
    sessions.cache.remember(Session.objects.get(), now)
    with pytest.raises(SessionEnded):
        sessions.check(claims)


@pytest.mark.threat("RFR-007")
def test_a_cache_that_is_down_means_the_database(alice, pair, settings, caplog, django_assert_num_queries):
    """Never "accept", never an error."""
    settings.CACHES = {**settings.CACHES, "down": {"BACKEND": f"{__name__}.Down"}}
    settings.JWTKIT = {"CHECK_SESSION": True, "SESSION_CACHE": "down"}
    claims = tokens.verify(pair.access)
    with django_assert_num_queries(1):
        assert sessions.check(claims) == alice
    assert {record.event for record in caplog.records} == {"session_cache_down"}
    assert sessions.end(claims["sid"])
    with pytest.raises(SessionEnded):
        sessions.check(claims)


def test_a_logout_that_the_cache_missed_holds_after_ten_seconds(alice, pair, cached, settings, monkeypatch):
    """It was away just then and has kept its memory: its entry is believed, and no longer than it lasts."""
    claims = tokens.verify(pair.access)
    monkeypatch.setattr(sessions.cache, "ALIVE_FOR", 1)
    sessions.check(claims)
    settings.JWTKIT = {"CHECK_SESSION": True, "SESSION_CACHE": None}
    sessions.end(claims["sid"])
    settings.JWTKIT = {"CHECK_SESSION": True, "SESSION_CACHE": alias_of(cached)}
    assert sessions.check(claims) == alice
    time.sleep(1.1)
    with pytest.raises(SessionEnded):
        sessions.check(claims)


@pytest.mark.parametrize("entry", [7, b"x", ["ended"], "", "0" * 64])
def test_a_foreign_entry_decides_nothing(alice, pair, cached, entry):
    """Whatever somebody has put there, the database is asked."""
    claims = tokens.verify(pair.access)
    cached.set(f"jwtkit:session:{claims['sid']}", entry)
    assert sessions.check(claims) == alice
    get_user_model().objects.update(is_active=False)
    with pytest.raises(Exception, match="inactive"):
        sessions.check(claims)


@pytest.fixture
def way(redis_url, settings):
    """A way to the real Redis that can be cut, and is the sessions' cache."""
    where = urlsplit(redis_url)
    with Proxy(where.port or 6379) as way:
        place = f"redis://127.0.0.1:{way.port}{where.path}"
        set_cache(settings, place, KEY_PREFIX=uuid.uuid4().hex)
        yield way
        hang_up("far")


def set_cache(settings, place, **more):
    """Make the Redis at `place` the sessions' cache, one that is waited for no longer than half a second."""
    backend = "django.core.cache.backends.redis.RedisCache"
    row = {"BACKEND": backend, "LOCATION": place, "OPTIONS": {"socket_timeout": 0.5}, **more}
    settings.CACHES = {**settings.CACHES, "far": row}
    settings.JWTKIT = {"CHECK_SESSION": True, "SESSION_CACHE": "far"}


def events(caplog):
    return [record.event for record in caplog.records if record.name == "django_jwtkit.sessions"]


@pytest.mark.threat("RFR-007")
@pytest.mark.parametrize("trouble", ["cut", "fall_silent"])
def test_a_redis_that_goes_away_means_the_database(
    alice, pair, way, caplog, trouble, django_assert_num_queries
):
    """In the midst of everything: good sessions go on, ended ones are refused, and nobody waits for long."""
    claims = tokens.verify(pair.access)
    sessions.check(claims)
    getattr(way, trouble)()
    began = time.monotonic()
    for _ in range(20):
        with django_assert_num_queries(1):
            assert sessions.check(claims) == alice
    assert sessions.end(claims["sid"])
    for _ in range(20):
        with pytest.raises(SessionEnded):
            sessions.check(claims)
    assert time.monotonic() - began < 2.5  # two time-outs: one look, one tombstone
    assert events(caplog).count("session_cache_down") == 2


@pytest.mark.threat("RFR-007")
def test_a_redis_that_never_was_there_means_the_database(alice, pair, settings, caplog):
    """A port on which nobody listens."""
    set_cache(settings, "redis://127.0.0.1:1/0")
    claims = tokens.verify(pair.access)
    assert sessions.check(claims) == alice
    assert sessions.end(claims["sid"])
    with pytest.raises(SessionEnded):
        sessions.check(claims)
    assert events(caplog).count("session_cache_down") == 2


def test_a_cache_that_has_failed_is_asked_again_after_some_seconds(
    alice, pair, way, monkeypatch, django_assert_num_queries
):
    """The first answer ends it; a tombstone is written all the same meanwhile."""
    claims, other = tokens.verify(pair.access), tokens.verify(sessions.start(alice).access)
    sessions.cache._failed["far"] = time.monotonic()
    sessions.check(claims)
    sessions.end(other["sid"])
    monkeypatch.setattr(sessions.cache, "LEFT_ALONE_FOR", 0.0)
    assert sessions.cache.look(claims["sid"]) is None  # it was left alone
    with django_assert_num_queries(0), pytest.raises(SessionEnded):
        sessions.check(other)
