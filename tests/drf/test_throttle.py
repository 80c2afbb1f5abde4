"""Limits: a project's own rates, counted by the client that really asks."""

import logging
import threading
import time
import unicodedata
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth import get_user_model, user_login_failed
from django.core.cache import cache, caches
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import include, path
from rest_framework.serializers import CharField, ValidationError

from django_jwtkit import keys, sessions
from django_jwtkit.drf.serializers import TokenObtainPairSerializer
from django_jwtkit.drf.throttles import LoginAttempt, ScopeThrottle, logins
from django_jwtkit.drf.views import TokenObtainPairView
from tests.drf.client import Api
from tests.support import services
from tests.support.proxy import Proxy

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
        (("192.0.2.1:4711", "192.0.2.1:4712"), 429),
        (("[2001:db8::1]:4711", "[2001:db8::2]:4712"), 429),
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


def by_user(request):
    """A project's `CLIENT_ADDRESS` that trusts a header, which a client may leave malformed."""
    return f"10.0.0.{len(request.headers['x-real-ip'].split('.')[3])}"


@pytest.mark.threat("HTTP-023")
@pytest.mark.parametrize("headers", [{}, {"x-real-ip": ""}, {"x-real-ip": "1.2"}])
def test_a_client_address_that_raises_is_unknown(api, alice, settings, caplog, headers):
    """On each door; those without an address share one place in the count."""
    rates = {"DEFAULT_THROTTLE_RATES": {"jwtkit_login": "3/min", "jwtkit_account": "9/min"}}
    settings.JWTKIT = {"CLIENT_ADDRESS": f"{__name__}.by_user"}
    settings.REST_FRAMEWORK = rates
    pair = api.post("/api/token/", {"username": "alice", "password": PASSWORD}, **headers).json()
    assert sessions.live(alice).get().address is None
    token = pair["access"]
    assert api.post("/api/token/refresh/", {"refresh": pair["refresh"]}, **headers).status_code == 200
    assert api.get("/api/sessions/", token=token, **headers).status_code == 200
    assert api.post("/api/token/verify/", {"token": token}, **headers).status_code == 200
    assert api.post("/api/token/revoke/", {"token": token}, **headers).status_code == 200
    wrong = [api.post("/api/token/", {"username": "alice", "password": "x"}, **headers) for _ in range(3)]
    assert [answer.status_code for answer in wrong] == [401, 401, 429]
    lines = [each for each in caplog.records if getattr(each, "event", "") == "client_address_failed"]
    assert {each.levelname for each in lines} == {"ERROR"}


def test_the_log_of_a_client_address_that_raises_is_limited(api, db, settings, caplog):
    """A stranger must not fill the disk with it."""
    settings.JWTKIT = {"CLIENT_ADDRESS": f"{__name__}.by_user"}
    for _ in range(150):
        api.post("/api/token/revoke/", {"token": "x"})
        settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"jwtkit_revoke": "1000/min"}}
    lines = [each for each in caplog.records if getattr(each, "event", "") == "client_address_failed"]
    assert 0 < len(lines) <= 100
    assert sum(bool(each.exc_info) for each in lines) == 1


@pytest.mark.threat("HTTP-023")
@pytest.mark.parametrize("scope", ["jwtkit_login", "jwtkit_account"])
@pytest.mark.parametrize(
    "rate", ["10/fortnight", "10/month", "ten/min", "10", "", "10/", "-1/min", 10, "1/2/s"]
)
def test_what_is_no_rate_lets_nobody_in(api, db, settings, caplog, scope, rate):
    """Neither without a limit, nor with one that nobody meant."""
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {scope: rate}}
    answer = api.post("/api/token/", {"username": "alice", "password": "x"})
    assert answer.status_code == 503
    assert scope in caplog.text


@pytest.mark.parametrize("rate", ["9/s", "9/sec", "9/minutes", "9/hr", "9/hour", "9/d", "9/days"])
def test_periods_have_many_names(api, db, settings, rate):
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"jwtkit_login": rate, "jwtkit_account": rate}}
    assert api.post("/api/token/", {"username": "alice", "password": "x"}).status_code == 401


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


SCOPES = {
    "jwtkit_login": ("/api/token/", {"username": "nobody", "password": "x"}, 401),
    "jwtkit_refresh": ("/api/token/refresh/", {"refresh": "x"}, 401),
    "jwtkit_verify": ("/api/token/verify/", {"token": "x"}, 401),
    "jwtkit_revoke": ("/api/token/revoke/", {"token": "x"}, 200),
}


@pytest.mark.django_db
@pytest.mark.threat("HTTP-023")
@pytest.mark.parametrize("scope", SCOPES)
def test_each_door_has_a_rate_of_its_own(api, settings, scope):
    """Each that strangers may knock at; a rate for one limits no other."""
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {scope: "2/hour"}}
    for name, (address, body, status) in SCOPES.items():
        statuses = [api.post(address, body).status_code for _ in range(4)]
        assert statuses == ([status, status, 429, 429] if name == scope else [status] * 4)


def test_a_count_ends_with_its_period(api, settings, monkeypatch):
    """The last period counts by the share of it that is not over yet; those who wait are served."""
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"jwtkit_login": "4/min"}}
    clock = [1_000_000.0 * 60]
    monkeypatch.setattr(ScopeThrottle, "timer", staticmethod(lambda: clock[0]))

    def ask():
        answer = api.post("/api/token/", {})
        return int(answer.headers.get("Retry-After", 0)) if answer.status_code == 429 else answer.status_code

    assert [ask() for _ in range(5)] == [400, 400, 400, 400, 75]
    clock[0] += 60
    assert ask() == 15
    clock[0] += 15
    assert [ask(), ask()] == [400, 15]
    clock[0] += 15
    assert [ask(), ask()] == [400, 15]
    clock[0] += 120
    assert [ask() for _ in range(4)] == [400] * 4


def test_without_an_address_one_client_shuts_out_no_other(settings, caplog):
    """Behind a Unix socket, and where nothing finds the address: no limit, and the log says what to set."""
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"jwtkit_login": "1/min"}}
    client = Client(REMOTE_ADDR="")
    statuses = [client.post("/api/token/", {}, "application/json").status_code for _ in range(3)]
    assert statuses == [400] * 3
    lines = [record for record in caplog.records if getattr(record, "event", "") == "no_client_address"]
    assert len(lines) == 1
    assert "CLIENT_ADDRESS" in lines[0].getMessage()


@pytest.mark.threat("HTTP-023")
def test_rubbish_for_an_address_is_no_way_around_the_rate(settings):
    """Where something finds addresses, clients without one share one count."""
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"jwtkit_login": "1/min"}, "NUM_PROXIES": 1}
    client = Client(REMOTE_ADDR="")
    statuses = [
        client.post("/api/token/", {}, "application/json", headers={"x-forwarded-for": name}).status_code
        for name in ("unknown", "_hidden", "")
    ]
    assert statuses == [400, 429, 429]


class Failing:
    """A client of a cache that raises what it likes, as pylibmc and others do."""

    def __init__(self, error):
        self.error = error

    def __getattr__(self, name):
        raise self.error


BODY = {"detail": "Token service is unavailable"}


def throttled(settings, **rates):
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": rates or dict.fromkeys(SCOPES, "9/min")}


def refuses_service(api, caplog):
    """Whether each door answers 503, and the log says why without a password."""
    for address, body, _ in SCOPES.values():
        answer = api.post(address, {**body, "password": PASSWORD})
        assert (answer.status_code, answer.json()) == (503, BODY), address
        assert answer.headers["Cache-Control"] == "private, no-store"
    assert "the cache of the throttles fails" in caplog.text
    assert PASSWORD not in caplog.text
    return True


class OddError(Exception):
    """A root of its own, as pylibmc.Error is."""


@pytest.mark.threat("HTTP-023")
@pytest.mark.parametrize(
    "error", [OddError("-1"), ConnectionError("gone"), TimeoutError(), TypeError(), OSError(5)]
)
def test_whatever_a_cache_raises_is_a_503(api, settings, caplog, monkeypatch, error):
    """Never a 500, and never a guess without a count."""
    throttled(settings)
    monkeypatch.setattr(ScopeThrottle, "cache", Failing(error))
    assert refuses_service(api, caplog)


@pytest.mark.threat("HTTP-023")
@pytest.mark.parametrize("trouble", ["refused", "cut", "silent"])
def test_a_redis_that_is_away_is_a_503(api, settings, caplog, redis_url, trouble):
    """Refused, cut in the middle, or silent for longer than its time-out."""
    host, _, rest = redis_url.removeprefix("redis://").partition(":")
    port, _, database = rest.partition("/")
    throttled(settings)
    with Proxy(int(port)) as way:
        options = {"socket_timeout": 0.2, "socket_connect_timeout": 0.2}
        row = {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": f"redis://{host}:{way.port}/{database}",
            "KEY_PREFIX": uuid.uuid4().hex,
            "OPTIONS": options,
        }
        settings.CACHES = {**settings.CACHES, "default": row}
        assert api.post("/api/token/", {}).status_code == 400
        {"refused": way.cut, "cut": way.cut, "silent": way.fall_silent}[trouble]()
        assert refuses_service(api, caplog)
        services.hang_up("default")


@pytest.mark.parametrize("where", ["memory", "redis"])
@pytest.mark.parametrize("rubbish", ["text", [1.0], {"a": 1}, b"octets"], ids=repr)
def test_rubbish_in_the_cache_is_a_503(request, api, settings, caplog, monkeypatch, where, rubbish):
    """Somebody else's entry under our name, of another type."""
    if where == "redis":
        alias = request.getfixturevalue("redis_cache")
        settings.CACHES = {**settings.CACHES, "default": settings.CACHES[alias]}
    throttled(settings)
    monkeypatch.setattr(ScopeThrottle, "timer", staticmethod(lambda: 0.0))
    for scope in SCOPES:
        cache.set(f"throttle_{scope}_127.0.0.1:{keys.current_store().tag}:0", rubbish)
    assert refuses_service(api, caplog)
    if where == "redis":
        services.hang_up("default")


def test_a_cache_that_adds_nothing_is_a_503(api, settings, monkeypatch):
    """A server that drops what it is given, and says nothing of it."""

    class Silent:
        def add(self, *args):
            return False

        def incr(self, name, step):
            raise ValueError(name)

    throttled(settings)
    monkeypatch.setattr(ScopeThrottle, "cache", Silent())
    assert api.post("/api/token/", {}).status_code == 503


def test_a_database_cache_keeps_a_count_for_its_whole_period(api, settings, monkeypatch, tmp_path):
    """Django's own `incr` of the caches in files and databases forgets the entry after five minutes."""
    row = {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": str(tmp_path)}
    settings.CACHES = {**settings.CACHES, "default": row}
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"jwtkit_login": "2/day"}}
    monkeypatch.setattr(ScopeThrottle, "timer", staticmethod(lambda: 5.0))
    real = time.time
    statuses = []
    for minutes in (0, 10, 20):
        monkeypatch.setattr(time, "time", lambda: real() + 60 * minutes)  # noqa: B023
        statuses.append(api.post("/api/token/", {}).status_code)
    assert statuses == [400, 400, 429]


def account_rate(settings, rate="3/hour", **more):
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"jwtkit_account": rate, **more}}


def stranger(address="203.0.113.9"):
    return Api(Client(REMOTE_ADDR=address))


@pytest.mark.threat("LOG-004", "LOG-009")
def test_the_failures_of_an_account_are_counted_from_wherever_they_come(alice, settings):
    """A thousand addresses have no more guesses than one; another account is not touched."""
    account_rate(settings)
    statuses = [stranger(f"203.0.113.{n}").log_in(password=f"no{n}").status_code for n in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    assert stranger().log_in().status_code == 429
    assert stranger().log_in("bob").status_code == 401


@pytest.mark.threat("LOG-004")
@pytest.mark.parametrize("names", [("alice", "ALICE", "\uff21lice", "Alice"), ("stra\u00dfe", "STRASSE")])
def test_another_spelling_is_the_same_account(alice, settings, names):
    """NFKC and case-folded, as a database or a backend may fold them."""
    account_rate(settings, f"{len(names) - 1}/hour")
    statuses = [stranger().log_in(name, "no").status_code for name in names]
    assert statuses == [401] * (len(names) - 1) + [429]


@pytest.mark.threat("LOG-004")
def test_a_name_that_only_the_database_takes_for_the_same_is_the_same_account(alice, settings, monkeypatch):
    """As collations do: on MariaDB "álice" finds alice, and so do thousands of spellings more."""
    account_rate(settings)
    manager = type(get_user_model()._default_manager)
    by_key = manager.get_by_natural_key

    def folded(self, name):
        return by_key(self, unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode())

    monkeypatch.setattr(manager, "get_by_natural_key", folded)
    names = ("alice", "\u00e1lice", "\u00e0lice", "al\u00edce", "alic\u00e8")
    assert [stranger().log_in(name, "no").status_code for name in names] == [401, 401, 401, 429, 429]


@pytest.mark.threat("LOG-004")
def test_the_429_tells_nothing_of_who_exists(alice, settings, django_assert_num_queries, monkeypatch):
    """Body, headers and queries are the same for an unknown name, also for one that no column holds."""
    account_rate(settings)
    monkeypatch.setattr(ScopeThrottle, "timer", staticmethod(lambda: 5.0))
    sessions.start(alice)
    answers = []
    for name in ("alice", "nobody"):
        for _ in range(3):
            stranger().log_in(name, "no")
        with django_assert_num_queries(2):
            answers.append(stranger().log_in(name, PASSWORD))
    existing, unknown = ((answer.status_code, answer.content, dict(answer.headers)) for answer in answers)
    assert existing == unknown
    assert existing[0] == 429
    assert int(existing[2]["Retry-After"]) > 0


def test_successes_are_not_counted(alice, settings, monkeypatch):
    """Only what fails; and before the rate is exceeded no session is looked for."""
    account_rate(settings, "2/hour")
    monkeypatch.setattr(LoginAttempt, "_is_from_known_device", lambda self, user: pytest.fail("looked"))
    statuses = [stranger(f"203.0.113.{n}").log_in().status_code for n in range(5)]
    assert statuses == [200] * 5
    assert stranger().log_in(password="no").status_code == 401
    assert [stranger(f"198.51.100.{n}").log_in().status_code for n in range(3)] == [200] * 3


@pytest.mark.threat("LOG-009")
@pytest.mark.parametrize("here", ["192.0.2.7", "2001:db8::1"])
def test_a_stranger_locks_nobody_out_of_a_known_device(alice, settings, here):
    """The address of a live session of that account is not refused; nor is another of its /64."""
    account_rate(settings, "2/hour")
    assert stranger(here).log_in().status_code == 200
    assert [stranger().log_in(password="no").status_code for _ in range(3)] == [401, 401, 429]
    assert stranger(here).log_in().status_code == 200
    assert stranger(here).log_in(password="no").status_code == 401
    assert stranger(here.replace("::1", "::2")).log_in().status_code == 200
    sessions.end_all(alice)
    assert stranger(here).log_in().status_code == 429


def test_a_device_of_another_account_is_a_stranger(alice, bob, settings):
    """Whoever has a session of their own has no more guesses at somebody else's."""
    account_rate(settings, "2/hour")
    assert stranger("192.0.2.7").log_in("bob").status_code == 200
    assert [stranger("192.0.2.7").log_in(password="no").status_code for _ in range(3)] == [401, 401, 429]


@pytest.mark.threat("LOG-004")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("where", ["memory", "redis"])
def test_many_guesses_at_once_are_no_more_guesses(request, settings, where, monkeypatch):
    """Each is counted before its password is hashed."""
    if where == "redis":
        alias = request.getfixturevalue("redis_cache")
        settings.CACHES = {**settings.CACHES, "default": settings.CACHES[alias]}
    account_rate(settings)
    start = threading.Barrier(12)
    monkeypatch.setattr(LoginAttempt, "_is_from_known_device", lambda self, user: False)
    monkeypatch.setattr(logins, "_find_user", lambda name: None)
    monkeypatch.setattr(TokenObtainPairView, "authenticate_user", lambda self, credentials: None)

    def guess(number):
        start.wait()
        try:
            return stranger(f"203.0.113.{number}").log_in(password="no").status_code
        finally:
            if where == "redis":
                services.hang_up("default")

    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(guess, range(12)))
    assert (statuses.count(401), statuses.count(429)) == (3, 9)


class CodeSerializer(TokenObtainPairSerializer):
    code = CharField(write_only=True)


class CodeLogin(TokenObtainPairView):
    """A login with a second step, which may fail in several ways."""

    serializer_class = CodeSerializer

    def authenticate_user(self, credentials):
        code = credentials.pop("code")
        user = super().authenticate_user(credentials)
        if code == "raise":
            raise ValidationError({"code": "wrong"})
        if code == "deny":
            raise PermissionDenied
        if code == "break":
            raise TroubleError
        return user if code == "right" else None


class TroubleError(Exception):
    """Not the client's fault."""


urlpatterns = [
    path("api/token/", CodeLogin.as_view()),
    path("api/", include("django_jwtkit.drf.urls")),
]


@pytest.fixture
def failures():
    """The credentials of each `user_login_failed`."""
    heard = []

    def hear(sender, credentials, request, **rest):
        heard.append((credentials, request))

    user_login_failed.connect(hear)
    yield heard
    user_login_failed.disconnect(hear)


@pytest.mark.threat("LOG-004")
@pytest.mark.urls(__name__)
@pytest.mark.parametrize(("code", "status"), [("wrong", 401), ("raise", 400), ("deny", 403)])
def test_a_wrong_code_counts_as_a_wrong_password(alice, settings, failures, code, status):
    """The second step fails with the right password: counted, and told by Django's signal, once."""
    account_rate(settings)
    statuses = [stranger().log_in(code=code).status_code for _ in range(4)]
    assert statuses == [status] * 3 + [429]
    assert len(failures) == 3
    credentials, request = failures[0]
    assert (credentials["username"], credentials["code"]) == ("alice", "********************")
    assert PASSWORD not in str(credentials)
    assert request.path == "/api/token/"


@pytest.mark.urls(__name__)
def test_what_is_not_the_client_s_fault_is_not_counted(alice, settings, failures):
    """An exception of the project's, or a service that is away."""
    account_rate(settings, "1/hour")
    client = Api(Client(REMOTE_ADDR="203.0.113.9", raise_request_exception=False))
    assert [client.log_in(code="break").status_code for _ in range(3)] == [500] * 3
    assert stranger().log_in(code="right").status_code == 200
    assert failures == []


@pytest.mark.parametrize(
    ("backend", "name", "password", "reason"),
    [
        ("ModelBackend", "alice", "wrong", "credentials"),
        ("ModelBackend", "nobody", "wrong", "credentials"),
        ("ModelBackend", "gone", PASSWORD, "credentials"),
        ("AllowAllUsersModelBackend", "gone", PASSWORD, "inactive"),
        ("AllowAllUsersModelBackend", "gone", "wrong", "credentials"),
    ],
)
@pytest.mark.threat("AUD-LOG-001")
def test_each_failed_login_is_one_signal_and_one_line(
    alice, settings, failures, caplog, backend, name, password, reason
):
    """Also of an inactive user whose password is right, which Django says nothing about."""
    settings.AUTHENTICATION_BACKENDS = [f"django.contrib.auth.backends.{backend}"]
    get_user_model().objects.create_user("gone", password=PASSWORD, is_active=False)
    caplog.set_level(logging.DEBUG, "django_jwtkit")
    assert stranger().log_in(name, password).status_code == 401
    assert len(failures) == 1
    (line,) = (record for record in caplog.records if record.name.startswith("django_jwtkit"))
    fields = (line.event, line.account, line.address, line.reason)
    assert fields == ("login_failed", name, "203.0.113.9", reason)
    assert name in line.getMessage()
    assert password not in line.getMessage()


@pytest.mark.threat("LEAK-003")
def test_the_line_of_a_failed_login_is_one_short_line(settings, caplog, db):
    """Whatever was given for a name."""
    caplog.set_level(logging.DEBUG, "django_jwtkit")
    account_rate(settings, "1/hour")
    for _ in range(2):
        stranger().log_in("eve\n\x1b[2J\u202eroot" + "x" * 150, "no")
    lines = [record for record in caplog.records if record.name.startswith("django_jwtkit")]
    assert [line.event for line in lines] == ["login_failed", "login_throttled"]
    assert all(line.getMessage().isprintable() and len(line.getMessage()) < 300 for line in lines)


def test_no_name_stands_in_the_cache(alice, settings, monkeypatch):
    """The key is a keyed hash of the name."""
    named = []
    account_rate(settings)
    real = caches["default"].add
    monkeypatch.setattr(caches["default"], "add", lambda name, *rest: named.append(name) or real(name, *rest))
    stranger().log_in(password="no")
    assert named
    assert "alice" not in "".join(named)
