"""The second service knows nothing but the address of the keys, and has no Django."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from threading import Thread
from time import time
from typing import NamedTuple

import pytest

from demo import second_service
from demo.people import ALICE, PASSWORDS
from demo.second_service import AUDIENCE
from demo.story import Player
from demo.story.player import CHECKOUT
from django_jwtkit.jose import Key, KeySet, jws, jwt

WITHOUT_DJANGO = """
import runpy, sys
sys.modules["django"] = sys.modules["rest_framework"] = None
sys.argv = ["second_service", *sys.argv[1:]]
runpy.run_module("demo.second_service", run_name="__main__", alter_sys=True)
"""

Answer = Callable[[BaseHTTPRequestHandler], None]


def ask_without_django(token: str, url: str) -> "subprocess.CompletedProcess[str]":
    """Run the service, as a process of its own, where `import django` fails."""
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_DJANGO, url],
        cwd=CHECKOUT,
        input=token,
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )


class Said(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


Ask = Callable[[str, str], Said]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run the service's `main` here: the same, and twenty times as quick."""

    def run(token: str, url: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["second_service", url])
        monkeypatch.setattr(sys, "stdin", StringIO(token))
        return Said(second_service.main(), *capsys.readouterr())

    return run


@contextmanager
def publisher(respond: Answer) -> Iterator[str]:
    """Yield the address of somebody who answers each GET with `respond`."""
    handler = type("Handler", (BaseHTTPRequestHandler,), {"do_GET": respond, "log_message": lambda *_: None})
    with HTTPServer(("127.0.0.1", 0), handler) as http:
        Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


def body(content: bytes) -> Answer:
    def respond(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(content)

    return respond


@pytest.fixture
def key() -> Key:
    return Key.generate("ES256")


@pytest.fixture
def issuer(key: Key) -> Iterator[str]:
    """An address with one public key."""
    with publisher(body(json.dumps(KeySet([key.public()]).to_dict()).encode())) as url:
        yield url


def good(issuer: str) -> dict[str, object]:
    now = int(time())
    return {"sub": "7", "iss": issuer, "aud": AUDIENCE, "iat": now, "exp": now + 60}


def test_it_accepts_what_the_keys_have_signed(issuer: str, key: Key) -> None:
    """Without Django, with one address, it prints the claims."""
    claims = good(issuer)
    done = ask_without_django(jwt.encode(claims, key, typ="at+jwt"), issuer + "/jwks.json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == claims


def test_it_exits_1_for_a_refused_token(issuer: str, key: Key) -> None:
    """The process too says no, in one line, and prints no claims."""
    done = ask_without_django(jwt.encode(good(issuer), key, typ="rt+jwt"), issuer)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("typ", "change"),
    [
        ("at+jwt", {"iat": 1, "exp": 2}),
        ("at+jwt", {"iss": "http://127.0.0.1:1"}),
        ("at+jwt", {"aud": "another-service"}),
        ("at+jwt", {"sub": 7}),
        ("rt+jwt", {}),
    ],
    ids=["expired", "another issuer", "another audience", "a subject that is no string", "a refresh token"],
)
def test_it_refuses_what_does_not_fit(
    ask: Ask, issuer: str, key: Key, typ: str, change: dict[str, object]
) -> None:
    """A token whose signature holds, and that is for somebody else, or from another time."""
    claims = json.dumps(good(issuer) | change).encode()
    done = ask(jws.sign(claims, key, header={"typ": typ}), issuer + "/jwks.json")
    assert done.returncode == 1, done.stdout
    assert done.stdout == ""
    assert done.stderr.startswith("refused: ")


@pytest.mark.parametrize("algorithm", ["ES256", "HS256"])
def test_it_refuses_another_key(ask: Ask, issuer: str, algorithm: str) -> None:
    """A stranger's signature, also one with a symmetric key."""
    done = ask(jwt.encode(good(issuer), Key.generate(algorithm), typ="at+jwt"), issuer)
    assert done.returncode == 1


@pytest.mark.parametrize("token", ["", "a.b.c", "\x00" * 9000], ids=["nothing", "junk", "too long"])
def test_it_refuses_junk(ask: Ask, issuer: str, token: str) -> None:
    done = ask(token, issuer)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr


def elsewhere(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "http://127.0.0.1:1/")
    handler.end_headers()


@pytest.mark.parametrize(
    "respond",
    [
        elsewhere,
        body(b"no JSON"),
        body(b"[]"),
        body(b'{"keys": 7}'),
        body(b'{"keys": ["x"]}'),
    ],
    ids=["redirect", "no JSON", "a list", "keys is a number", "a member is a string"],
)
def test_bad_key_sets_end_in_one_line(ask: Ask, respond: Answer, key: Key) -> None:
    """Nothing is accepted, nothing is followed, no traceback."""
    with publisher(respond) as url:
        done = ask(jwt.encode(good(url), key, typ="at+jwt"), url)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "file:///etc/hostname", "nonsense", "http://[/"])
def test_addresses_without_keys_end_in_one_line(ask: Ask, key: Key, url: str) -> None:
    done = ask(jwt.encode(good(url), key, typ="at+jwt"), url)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_it_accepts_a_token_of_the_running_demo(demo: Player) -> None:
    """What the demo issues, it verifies from the demo's address."""
    login = demo.call("POST", "/api/token/", body={"username": ALICE, "password": PASSWORDS[ALICE]})
    done = ask_without_django(str(login.json["access"]), f"{demo.url}/.well-known/jwks.json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["iss"] == demo.url
