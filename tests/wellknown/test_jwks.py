"""The JWK Set at its well-known address."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client

from django_jwtkit import db, keys, moments
from django_jwtkit.jose import KeySet

URL = "/.well-known/jwks.json"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clean():
    cache.clear()
    keys.forget()


def test_the_published_keys(client):
    """Status, type, caching and body, exactly."""
    answer = client.get(URL)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/jwk-set+json"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["ETag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    assert json.loads(answer.content) == keys.jwks()
    assert len(KeySet.from_dict(answer.json())) == 2


@pytest.mark.threat("HTTP-015", "LEAK-006")
def test_nothing_private_and_nothing_symmetric(client):
    """Public members of asymmetric keys only."""
    for key in client.get(URL).json()["keys"]:
        assert key["kty"] != "oct"
        assert not {"d", "p", "q", "dp", "dq", "qi", "k", "priv"} & set(key)


@pytest.mark.parametrize("tag", ["{}", "W/{}", '"other", {}', "*"])
@pytest.mark.parametrize("method", ["get", "head"])
def test_whoever_has_it_gets_a_304(client, tag, method):
    """With the same headers for caches and for browsers."""
    first = client.get(URL)
    answer = getattr(client, method)(URL, headers={"if-none-match": tag.format(first.headers["ETag"])})
    assert (answer.status_code, answer.content) == (304, b"")
    for name in ("Cache-Control", "Access-Control-Allow-Origin", "ETag"):
        assert answer.headers[name] == first.headers[name]


@pytest.mark.parametrize("tag", ['"other"', "nonsense", "", "\xff", '"'])
def test_whoever_has_another_gets_it_all(client, tag):
    """And nobody gets a 500."""
    assert client.get(URL, headers={"if-none-match": tag}).status_code == 200


def test_head_is_get_without_a_body(client):
    """RFC 9110 §9.3.2."""
    answer = client.head(URL)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["ETag"] == client.get(URL).headers["ETag"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
def test_it_can_only_be_read(client, method):
    """405 otherwise."""
    answer = getattr(client, method)(URL)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.threat("HTTP-015")
def test_it_depends_on_nobody(client, admin_user, settings):
    """Neither on a cookie nor on the Host header, and it sets none."""
    settings.ALLOWED_HOSTS = ["*"]
    plain = client.get(URL)
    client.force_login(admin_user)
    other = client.get(
        URL, headers={"host": "evil.example", "authorization": "Bearer x", "origin": "https://x"}
    )
    assert other.content == plain.content
    assert "Vary" not in other.headers
    assert "Set-Cookie" not in other.headers
    assert not other.cookies


def test_it_is_open_under_login_required(settings):
    """A consumer has no account here."""
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]
    answer = Client().get(URL)
    assert answer.status_code == 200
    assert not answer.cookies


def test_the_site_s_cache_adds_no_age_of_its_own(settings):
    """A revoked key is gone from the next answer."""
    settings.MIDDLEWARE = [
        "django.middleware.cache.UpdateCacheMiddleware",
        "django.middleware.gzip.GZipMiddleware",
        "django.middleware.http.ConditionalGetMiddleware",
        "django.middleware.cache.FetchFromCacheMiddleware",
    ]
    client = Client()
    before = client.get(URL).json()["keys"]
    keys.revoke(before[0]["kid"], reason="stolen")
    after = client.get(URL).json()["keys"]
    assert before[0]["kid"] not in {key["kid"] for key in after}


def test_the_age_is_what_the_settings_say(client, settings):
    """`JWKS_MAX_AGE`, in whole seconds."""
    settings.JWTKIT = {"JWKS_MAX_AGE": timedelta(minutes=10)}
    assert client.get(URL).headers["Cache-Control"] == "public, max-age=600"


@pytest.mark.parametrize("atomic_requests", [False, True])
def test_a_warm_keyring_answers_without_the_database(
    client, monkeypatch, django_assert_num_queries, atomic_requests
):
    """Consumers may come as often as they like; not even a transaction is begun."""
    for database in (connection.settings_dict, connections.settings["default"]):
        monkeypatch.setitem(database, "ATOMIC_REQUESTS", atomic_requests)
    client.get(URL)
    with django_assert_num_queries(0):
        assert client.get(URL).status_code == 200


def test_without_a_keyring_it_is_unavailable(client, caplog, take_away):
    """503, not cached, and the log names the command."""
    take_away(keys.StoredKey, keys.Ring)
    answer = client.get(URL)
    assert (answer.status_code, answer.json()) == (503, {"detail": "Token service is unavailable"})
    assert answer.headers["Cache-Control"] == "no-store"
    assert "python manage.py migrate" in caplog.text


@pytest.fixture
def rings(settings):
    """Thirty published rings beside our own."""
    own = {f"shop{number}": {"ALGORITHM": "Ed25519", "PUBLISH": True} for number in range(30)}
    settings.JWTKIT = {"KEY_RINGS": own}
    keys.make_missing("default")
    keys.forget()
    return own


@pytest.fixture
def clock(monkeypatch):
    """Return a function that lets seconds pass."""
    steady, passed = db.steady, [0.0]
    monkeypatch.setattr(db, "steady", lambda: steady() + passed[0])

    def tick(seconds: float) -> None:
        passed[0] += seconds

    return tick


def test_rings_are_asked_for_together_and_once_in_a_while(client, rings, clock, django_assert_num_queries):
    """One question for all of them every ten seconds, and none in between."""
    first = client.get(URL)
    assert len(first.json()["keys"]) >= 60
    for _ in range(2):
        with django_assert_num_queries(0):
            assert client.get(URL).content == first.content
        clock(10.1)
        with django_assert_num_queries(1):
            assert client.get(URL).content == first.content


def test_rings_in_use_at_other_times_are_asked_for_together_too(
    client, rings, clock, django_assert_num_queries
):
    """Each is used, and so due, at a moment of its own: still one question every ten seconds."""
    for ring in rings:
        clock(0.3)
        keys.keyring(ring)
    client.get(URL)
    with django_assert_num_queries(2):
        for _ in range(40):  # twenty seconds
            clock(0.5)
            client.get(URL)


@pytest.mark.parametrize("by", ["this process", "another process"])
def test_a_revoked_key_leaves_the_text(client, rings, clock, by):
    """At once where it was revoked, in others with their next look."""
    kid = keys.StoredKey.objects.filter(ring_id="shop7").first().kid
    assert kid in client.get(URL).content.decode()
    if by == "this process":
        keys.revoke(kid, reason="leaked")
    else:
        keys.StoredKey.objects.filter(kid=kid).update(revoked_at=moments.now())
        assert kid in client.get(URL).content.decode()
        clock(10.1)
    assert kid not in client.get(URL).content.decode()


def test_the_text_follows_clock_and_settings(client, settings, monkeypatch):
    """Whatever `jwks` says at that moment: later, earlier, with a key denied and without."""
    now = [moments.now()]
    monkeypatch.setattr(db, "now", lambda alias: now[0])
    kid = keys.jwks()["keys"][0]["kid"]
    for days in (0, 30, 91, 200, 1000, 60, -10, 0):
        now[0] = moments.now() + timedelta(days=days)
        for denied in ((), (kid,)):
            settings.JWTKIT = {"DENY_KIDS": denied}
            assert client.get(URL).json() == keys.jwks(now=now[0])
            assert client.get(URL).json() == keys.jwks(now=now[0])
