"""Whoever sends much makes the log say little, and nothing of what they have sent."""

import io
import logging
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection
from django.test import Client

from django_jwtkit import keys, log_limit, sessions, tokens
from django_jwtkit.jose import unverified_header
from django_jwtkit.jose.wire.encoding import b64u_encode, dumps
from django_jwtkit.log_limit import LINES
from django_jwtkit.signals import token_rejected
from tests.support.aging import turn

pytestmark = pytest.mark.django_db
LONGEST = 500  # characters of a line, whatever was sent


def forged(size: int) -> str:
    """A token of `size` characters with a kid that signs, and a signature of nobody's."""
    kid = keys.StoredKey.objects.filter(ring_id="access").first().kid
    head = b64u_encode(dumps({"alg": "ES256", "kid": kid, "typ": "at+jwt"}))
    signature = b64u_encode(bytes(64))
    return f"{head}.{'e' * (size - len(head) - len(signature) - 2)}.{signature}"


def noisy(size: int) -> str:
    """Long names in the header, each of which a careless line would repeat."""
    header = {"alg": "A" * (size // 4), "kid": "k" * 128, "typ": "T" * (size // 4)}
    return b64u_encode(dumps(header)) + ".e30.AAAA"


@pytest.mark.threat("AUD-LOG-003")
@pytest.mark.parametrize(
    "make", [forged, noisy, lambda size: "a." * (size // 2), lambda size: "\u202e" * size]
)
@pytest.mark.parametrize("where", ["header", "verify", "revoke", "refresh"])
def test_a_refused_token_is_one_short_line(caplog, make, where):
    """As long as a token may be and longer: one line, which does not grow with it, at most."""
    caplog.set_level(logging.DEBUG, "django_jwtkit")
    client, text = Client(), make(8000)
    for _ in range(5):
        if where == "header":
            client.get("/api/me/", headers={"authorization": f"Bearer {text}"})
        else:
            body = {"token": text, "refresh": text}
            client.post(f"/api/token/{where}/", body, content_type="application/json")
    lines = [record.getMessage() for record in caplog.records if record.name == "django_jwtkit.transport"]
    assert len(lines) <= 5
    assert max(map(len, lines), default=0) < LONGEST


@pytest.mark.threat("AUD-LOG-003")
def test_rubbish_alarms_nobody(caplog):
    """Where a project has set nothing, only what somebody forged or stole reaches the log, as a WARNING."""
    client = Client()
    for text in ("x", "a.b.c", noisy(400), "e30.e30.e30"):
        client.post("/api/token/verify/", {"token": text}, content_type="application/json")
    ours = [record for record in caplog.records if record.name.startswith("django_jwtkit")]
    assert ours == []


@pytest.mark.threat("AUD-LOG-003")
def test_an_unknown_kid_costs_no_line_of_its_own(caplog, django_user_model):
    """A stranger's kids, each another one: the one line of the refusal, and none about looking for a key."""
    caplog.set_level(logging.DEBUG, "django_jwtkit")
    user = django_user_model.objects.create(username="alice")
    head, *rest = tokens.issue(user).split(".")
    alg = unverified_header(".".join((head, *rest)))["alg"]
    for number in range(20):
        header = b64u_encode(dumps({"alg": alg, "kid": f"stranger-{number}", "typ": "at+jwt"}))
        text = ".".join((header, *rest))
        Client().post("/api/token/verify/", {"token": text}, content_type="application/json")
    lines = [record for record in caplog.records if record.name.startswith("django_jwtkit")]
    assert len(lines) == 20


@pytest.fixture
def alice(django_user_model):
    return django_user_model.objects.create(username="alice")


def flood(user, count: int) -> None:
    """Have a token with another's signature refused so often."""
    first, other = tokens.issue(user), tokens.issue(user)
    text, client = f"{first.rpartition('.')[0]}.{other.rpartition('.')[2]}", Client()
    for _ in range(count):
        client.post("/api/token/verify/", {"token": text}, content_type="application/json")


@pytest.fixture
def heard():
    """How often each reason was told by the signal."""
    heard = Counter()

    def hear(code, **fields):
        heard[code] += 1

    token_rejected.connect(hear)
    yield heard
    token_rejected.disconnect(hear)


@pytest.mark.threat("AUD-LOG-003")
def test_a_flood_of_one_reason_is_so_many_lines_a_minute(alice, caplog, heard, monkeypatch):
    """Then the next line says how many were left out; the signal, for those who count, is sent for each."""
    flood(alice, LINES + 50)
    lines = [record for record in caplog.records if record.name == "django_jwtkit.transport"]
    assert [record.reason for record in lines] == ["bad_signature"] * LINES
    assert heard == {"bad_signature": LINES + 50}
    caplog.clear()
    real = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: real() + 61)
    flood(alice, 2)
    first, second = (record for record in caplog.records if record.name == "django_jwtkit.transport")
    assert (first.left_out, second.left_out) == (50, 0)
    assert first.getMessage().endswith("50 more were left out")


@pytest.mark.threat("AUD-LOG-003")
def test_a_flood_hides_nothing_else(alice, caplog):
    """In the midst of it a stolen refresh token is told, by its own lines."""
    flood(alice, LINES + 1)
    first = sessions.start(alice)
    turn(first.refresh, 2)
    Client().post("/api/token/refresh/", {"refresh": first.refresh}, content_type="application/json")
    ours = [record for record in caplog.records if record.name.startswith("django_jwtkit")]
    assert [(record.event, record.reason) for record in ours[LINES:]] == [
        ("refresh_reused", "a spent token"),
        ("token_rejected", "refresh_reused"),
    ]


def test_many_threads_are_counted_one_by_one():
    """Nobody slips through by being quick."""
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _: log_limit.suppressed("a reason", now=5.0), range(LINES * 8)))
    assert said.count(0) == LINES
    assert log_limit.suppressed("a reason", now=5.0 + log_limit.MINUTE) == LINES * 7


@pytest.fixture
def root():
    """What a root handler at INFO writes, Django's own lines included."""
    text = io.StringIO()
    handler, logger = logging.StreamHandler(text), logging.getLogger()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield lambda: text.getvalue().splitlines()
    logger.removeHandler(handler)
    logger.setLevel(level)


@pytest.mark.threat("AUD-LOG-003")
@pytest.mark.parametrize("where", ["me", "verify", "login", "rubbish"])
def test_django_writes_no_line_for_each_refusal(alice, root, where):
    """Neither on our views nor on a project's: "Unauthorized: /path" keeps to the same limit."""
    client = Client()
    for _ in range(LINES + 60):
        if where == "me":
            client.get("/api/me/", headers={"authorization": "Bearer a.b.c"})
        elif where == "verify":
            client.post("/api/token/verify/", {"token": "x"}, content_type="application/json")
        elif where == "login":
            body = {"username": "nobody", "password": "x"}
            client.post("/api/token/", body, content_type="application/json")
        else:
            client.post("/api/token/", b"{", content_type="application/json")
    djangos = [line for line in root() if line.startswith(("Unauthorized", "Bad Request"))]
    assert len(djangos) == LINES
    assert len(root()) <= 2 * LINES


@pytest.mark.threat("AUD-LOG-003")
@pytest.mark.slow  # thirty logins, each with its hash
@pytest.mark.parametrize("path", ["login", "refresh", "me", "logout", "jwks"])
def test_a_database_that_is_away_is_a_line_a_request_at_most(alice, root, path, take_away):
    """The traceback comes once a minute, and so does the line of Django's that may be a mail."""
    pair = sessions.start(alice)
    take_away(sessions.Session, keys.StoredKey, keys.Ring)
    client, ways = (
        Client(headers={"authorization": f"Bearer {pair.access}"}),
        {
            "login": lambda: client.post("/api/token/", {"username": "alice", "password": "x" * 8}),
            "refresh": lambda: client.post("/api/token/refresh/", {"refresh": pair.refresh}),
            "me": lambda: client.get("/api/me/"),
            "logout": lambda: client.post("/api/logout/"),
            "jwks": lambda: client.get("/.well-known/jwks.json"),
        },
    )
    statuses = {ways[path]().status_code for _ in range(30)}
    assert statuses <= {503, 401}
    lines = root()
    assert sum(line.startswith("Traceback") for line in lines) <= 2
    assert sum(line.startswith("Service Unavailable") for line in lines) <= 1
    tracebacks = [line for line in lines if line.startswith((" ", "Traceback"))]
    assert len(lines) - len(tracebacks) <= 2 * 30 + 10


def test_a_read_only_database_is_named(alice, caplog):
    """Another remedy than `migrate`: the server, not the tables."""

    def refuse(execute, sql, *rest):
        if sql.startswith(("UPDATE", "INSERT")):
            raise OperationalError("cannot execute UPDATE in a read-only transaction")
        return execute(sql, *rest)

    pair = sessions.start(alice)
    body = {"refresh": pair.refresh}
    with connection.execute_wrapper(refuse):
        answer = Client().post("/api/token/refresh/", body, content_type="application/json")
    assert answer.status_code == 503
    assert "the database is read-only" in caplog.text
    assert "migrate" not in "".join(record.getMessage() for record in caplog.records)
