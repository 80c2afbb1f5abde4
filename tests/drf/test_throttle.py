"""Limits: a project's own rates, counted by who really asks."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import Client

from tests import services

PASSWORD = "correct horse battery staple"


@pytest.mark.threat("LOG-008", "HTTP-023")
def test_a_project_s_rate_holds_for_whoever_pretends_to_be_somebody_else(api, alice, settings):
    """`X-Forwarded-For` is believed only where `NUM_PROXIES` says so."""
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"jwtkit_login": "3/min", "jwtkit_refresh": "1/min"}}
    answers = [
        api.post("/api/token/", {"username": "a", "password": "b"}, **{"x-forwarded-for": f"10.0.0.{n}"})
        for n in range(4)
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert answers[-1].headers["Cache-Control"] == "private, no-store"
    refreshed = [api.post("/api/token/refresh/", {"refresh": "x"}).status_code for _ in range(2)]
    assert refreshed == [401, 429]


def test_a_project_without_a_rate_has_no_limit(api, settings):
    """Also where it sets rates for other scopes."""
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"uploads": "1/day"}}
    assert {api.post("/api/token/", {}).status_code for _ in range(20)} == {400}


def test_a_project_s_proxies_are_believed(api, settings):
    """With `NUM_PROXIES` DRF's own rule holds."""
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"jwtkit_login": "1/min"}, "NUM_PROXIES": 1}
    statuses = [
        api.post("/api/token/", {}, **{"x-forwarded-for": f"10.0.0.{n}"}).status_code for n in (1, 2, 1)
    ]
    assert statuses == [400, 400, 429]


@pytest.mark.threat("LOG-004", "LOG-009")
def test_the_limit_tells_nothing_and_a_success_resets_nothing(api, alice, settings):
    """All attempts of an address count alike: known or unknown, good or bad."""
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"jwtkit_login": "3/min"}}
    logins = [("nobody", "x"), ("alice", PASSWORD), ("alice", "x"), ("alice", PASSWORD), ("nobody", "x")]
    assert [api.log_in(*login).status_code for login in logins] == [401, 200, 401, 429, 429]


@pytest.mark.threat("HTTP-023")
@pytest.mark.parametrize(
    ("addresses", "last"),
    [
        (("2001:db8::1", "2001:db8::ffff:2"), 429),
        (("2001:db8::1", "2001:db8:0:1::1"), 400),
        (("192.0.2.1", "::ffff:192.0.2.1"), 429),
        (("192.0.2.1", "192.0.2.2"), 400),
        (("", ""), 429),
    ],
)
def test_a_subscriber_is_counted_once(settings, addresses, last):
    """Whoever has a /64 of IPv6 addresses has one place in the count."""
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"jwtkit_login": "1/min"}}
    kind = "application/json"
    answers = [Client(REMOTE_ADDR=each).post("/api/token/", {}, kind) for each in addresses]
    assert [answer.status_code for answer in answers] == [400, last]


def from_header(request):
    """A project's `CLIENT_ADDRESS`."""
    return request.headers["x-real-ip"]


def test_the_limit_counts_whom_the_project_names(api, settings):
    """`CLIENT_ADDRESS` holds for the throttle as for the sessions."""
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"jwtkit_login": "1/min"}}
    settings.JWTKIT = {"CLIENT_ADDRESS": f"{from_header.__module__}.from_header"}
    clients = ("10.0.0.1", "10.0.0.2", "10.0.0.1")
    answers = [api.post("/api/token/", {}, **{"x-real-ip": client}) for client in clients]
    assert [answer.status_code for answer in answers] == [400, 400, 429]


@pytest.mark.threat("HTTP-023")
@pytest.mark.parametrize("where", ["memory", "redis"])
def test_many_at_once_are_counted_one_by_one(request, settings, where):
    """DRF reads its history and writes it back: whoever asks in between would not be counted."""
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": uuid.uuid4().hex}
    settings.CACHES = {**settings.CACHES, "memory": memory}
    alias = request.getfixturevalue("redis_cache") if where == "redis" else "memory"
    settings.CACHES = {**settings.CACHES, "default": settings.CACHES[alias]}
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"jwtkit_login": "3/hour"}}
    start = threading.Barrier(16)

    def ask(_):
        start.wait()
        try:
            return Client().post("/api/token/", {}, "application/json").status_code
        finally:
            if where == "redis":
                services.hang_up("default")

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(ask, range(16)))
    assert statuses.count(400) == 3
    assert statuses.count(429) == 13


def test_a_cache_that_keeps_nothing_limits_nothing(api, settings):
    """Django's dummy, in development: no limit, and no 500."""
    dummy = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
    settings.CACHES = {**settings.CACHES, "default": dummy}
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"jwtkit_login": "1/hour"}}
    assert [api.post("/api/token/", {}).status_code for _ in range(3)] == [400] * 3
