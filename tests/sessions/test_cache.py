"""SESSION_CACHE saves a query; it never says yes where the database says no."""

import time
import uuid
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.errors import MissingClaim, PasswordChanged, SessionEnded
from django_jwtkit.sessions import Session
from tests.support.proxy import Proxy
from tests.support.services import hang_up


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


def remember(session, now):
    """Write what a reader would that has read `session`."""
    sessions.cache.remember(str(session.pk), session.auth_hash, session.expires_at, now)


@pytest.mark.threat("USR-008")
def test_a_tombstone_refuses_without_a_query(alice, pair, cached, django_assert_num_queries):
    """Although the entry said "alive" a moment ago."""
    claims = tokens.verify(pair.access)
    sessions.check(claims)
    sessions.end(claims["sid"])
    with django_assert_num_queries(0), pytest.raises(SessionEnded):
        sessions.check(claims)


def test_a_slow_reader_does_not_write_over_a_tombstone(alice, pair, cached, row):
    """A reader that read "alive" just before the logout can only add."""
    claims, session = tokens.verify(pair.access), row()
    sessions.end(claims["sid"])
    remember(session, session.created_at)
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
    claims, old = tokens.verify(pair.access), tokens.password_stamps.auth_hash(alice)
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
    remember(Session.objects.get(), now)
    cached.clear()
    remember(Session.objects.get(), now)
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


def test_a_logout_that_the_cache_missed_holds_after_ten_seconds(alice, pair, cached, settings):
    """It was away just then and has kept its memory: its entry is believed, and no longer than it lasts."""
    claims, began = tokens.verify(pair.access), keys.now()
    sessions.check(claims, now=began)
    settings.JWTKIT = {"CHECK_SESSION": True, "SESSION_CACHE": None}
    sessions.end(claims["sid"])
    settings.JWTKIT = {"CHECK_SESSION": True, "SESSION_CACHE": alias_of(cached)}
    assert sessions.check(claims, now=began + timedelta(seconds=9.9)) == alice
    with pytest.raises(SessionEnded):
        sessions.check(claims, now=began + timedelta(seconds=10.1))


@pytest.mark.parametrize("entry", [7, b"x", ["ended"], "", "0" * 64])
def test_a_foreign_entry_decides_nothing(alice, pair, cached, entry):
    """Whatever somebody has put there, the database is asked."""
    claims = tokens.verify(pair.access)
    cached.set(name_of(claims), entry)
    assert sessions.check(claims) == alice
    get_user_model().objects.update(is_active=False)
    with pytest.raises(Exception, match="inactive"):
        sessions.check(claims)


def name_of(claims):
    """The name of a session's entry."""
    return sessions.cache.shortcut._name(claims["sid"], sessions.table.current_store())


class Writer:
    """An attacker reads and writes the cache, and has neither the database nor SECRET_KEY."""

    def __init__(self, cache, claims):
        self.cache, self.claims, self.name = cache, claims, name_of(claims)
        sessions.check(claims)
        self.alive = cache.get(self.name)

    def write(self, entry):
        self.cache.set(self.name, entry, 3600)


def moved(writer, pair):
    """The entry of another session of the same user, that lives."""
    other = tokens.verify(sessions.start(writer.user).access)
    sessions.check(other)
    return writer.cache.get(name_of(other))


FORGERIES = {
    "a stamp": lambda writer, pair: writer.alive.rpartition(" ")[2],
    "without a MAC": lambda writer, pair: writer.alive.partition(" ")[2],
    "a later end": lambda writer, pair: writer.alive.replace(" alive 1", " alive 2"),
    "another MAC": lambda writer, pair: "0" * 64 + writer.alive[64:],
    "no end": lambda writer, pair: writer.alive.replace(" alive ", " alive x"),
    "of another session": moved,
    "not ASCII": lambda writer, pair: "\N{SNOWMAN} " + writer.alive.partition(" ")[2],
    "what the code returns": lambda writer, pair: sessions.cache.TOMBSTONE,
}


@pytest.mark.threat("USR-008")
@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_writer_of_the_cache_brings_no_session_back(alice, pair, cached, forgery):
    """What it makes up is nothing: the database is asked, and knows."""
    writer = Writer(cached, tokens.verify(pair.access))
    writer.user = alice
    entry = FORGERIES[forgery](writer, pair)
    assert sessions.check(writer.claims) == alice
    writer.write(entry)
    assert sessions.check(writer.claims) == alice  # nor does it end one
    sessions.end(writer.claims["sid"])
    writer.write(entry)
    with pytest.raises(SessionEnded):
        sessions.check(writer.claims)


@pytest.mark.threat("USR-008")
def test_an_entry_that_is_put_back_is_as_old_as_it_was(alice, pair, cached, now):
    """The one thing left: believed until ten seconds after it was written, and never longer."""
    claims, began = tokens.verify(pair.access), keys.now()
    writer = Writer(cached, claims)
    sessions.end(claims["sid"])
    writer.write(writer.alive)
    assert sessions.check(claims, now=began + timedelta(seconds=5)) == alice
    for seconds in (11, 60, 300):
        with pytest.raises(SessionEnded):
            sessions.check(claims, now=began + timedelta(seconds=seconds))


def test_a_reader_whose_clock_is_late_believes_no_entry_from_the_future(alice, pair, cached):
    """Nor does that lengthen what is left."""
    claims, began = tokens.verify(pair.access), keys.now()
    writer = Writer(cached, claims)
    sessions.end(claims["sid"])
    writer.write(writer.alive)
    with pytest.raises(SessionEnded):
        sessions.check(claims, now=began - timedelta(seconds=30))


def test_entries_are_text_and_survive_a_new_secret_key(
    alice, pair, cached, settings, django_assert_num_queries
):
    """SECRET_KEY_FALLBACKS: a tombstone of before still refuses."""
    claims = tokens.verify(pair.access)
    writer = Writer(cached, claims)
    sessions.end(claims["sid"])
    assert [type(entry) for entry in (writer.alive, cached.get(writer.name))] == [str, str]
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-secret-" * 4
    with django_assert_num_queries(0), pytest.raises(SessionEnded):
        sessions.check(claims)
    settings.SECRET_KEY_FALLBACKS = []
    with django_assert_num_queries(1), pytest.raises(SessionEnded):
        sessions.check(claims)


class Text:
    """The documents' serializer for Django's Redis backend: it never unpickles what it reads."""

    def dumps(self, value):
        return str(value).encode()

    def loads(self, data):
        return data.decode("utf-8", "replace")


class Bomb:
    """What an attacker pickles."""

    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


def test_with_a_serializer_of_text_nothing_is_unpickled(alice, pair, redis_url, settings):
    """Django's own would unpickle whatever somebody has written."""
    backend = "django.core.cache.backends.redis.RedisCache"
    row = {"BACKEND": backend, "LOCATION": redis_url, "KEY_PREFIX": uuid.uuid4().hex}
    settings.CACHES = {
        **settings.CACHES,
        "pickles": row,
        "text": {**row, "OPTIONS": {"serializer": f"{__name__}.Text"}},
    }
    settings.JWTKIT = {"CHECK_SESSION": True, "SESSION_CACHE": "text"}
    claims = tokens.verify(pair.access)
    caches["pickles"].set(name_of(claims), Bomb())
    assert sessions.check(claims) == alice
    caches["text"].delete(name_of(claims))
    assert sessions.check(claims) == sessions.check(claims) == alice
    sessions.end(claims["sid"])
    with pytest.raises(SessionEnded):
        sessions.check(claims)
    hang_up("text")
    hang_up("pickles")


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
    alice, pair, way, caplog, trouble, monkeypatch, django_assert_num_queries
):
    """In the midst of everything: good sessions go on, ended ones are refused, and nobody waits for long."""
    monkeypatch.setattr(sessions.cache.shortcut, "LEFT_ALONE_FOR", 600.0)  # however busy the machine is
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
    assert time.monotonic() - began < 10  # two time-outs: one look, one tombstone; forty would take 20 s
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
    """The first answer ends it; a tombstone is written anyway."""
    claims, other = tokens.verify(pair.access), tokens.verify(sessions.start(alice).access)
    sessions.cache.shortcut._failed["far"] = time.monotonic()
    sessions.check(claims)
    sessions.end(other["sid"])
    monkeypatch.setattr(sessions.cache.shortcut, "LEFT_ALONE_FOR", 0.0)
    assert sessions.cache.look(claims["sid"], keys.now()) is None  # it was left alone
    with django_assert_num_queries(0), pytest.raises(SessionEnded):
        sessions.check(other)
