"""One fetch is small, short and says nothing of us, whatever the server does."""

import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager

import pytest

from django_jwtkit.errors import KeySetUnavailable
from django_jwtkit.jose.remote import Fetcher, parse_url
from django_jwtkit.jose.remote.fetching import MAX_BODY
from tests.jose.remote.publisher import unused_port

TIMEOUT = 0.5  # seconds, where the server is slower
SLOW = 20  # seconds that such a server takes: a busy machine cannot confuse the two


def fetcher(**options):
    return Fetcher(**{"timeout": SLOW, "private_addresses": True, **options})


@contextmanager
def raw_server(serve):
    """A server of one connection, which `serve` is handed."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def run():
            connection, _ = listening.accept()
            with connection:
                serve(connection)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        thread.join(5)


def trickle(octets, pause=0.1):
    def serve(connection):
        try:
            for octet in octets:
                connection.sendall(bytes([octet]))
                time.sleep(pause)
        except OSError:
            pass

    return serve


def hang(connection):
    connection.recv(65536)
    try:
        connection.settimeout(SLOW)
        connection.recv(1)
    except OSError:
        pass


def refused(url, **options):
    with pytest.raises(KeySetUnavailable) as caught:
        fetcher(**options).get(url)
    return str(caught.value)


def given_up(url, **options):
    """Be refused when the time is over, and not when the server is done."""
    started = time.monotonic()
    reason = refused(url, timeout=TIMEOUT, **options)
    assert TIMEOUT <= time.monotonic() - started < SLOW / 2
    return reason


def test_it_says_what_is_needed_and_nothing_else(publisher):
    publisher.publish()
    fetcher().get(publisher.url)
    ((path, headers),) = publisher.requests
    assert path == "/jwks.json"
    assert set(headers) == {"Host", "Accept", "Accept-Encoding", "Connection", "User-Agent"}


@pytest.mark.parametrize("length", ["Content-Length: 20000\r\n", ""], ids=["with-length", "without"])
def test_a_body_may_come_after_its_headers(length):
    """In a packet of its own, from a server that closes, and more than one read of it."""

    def serve(connection):
        connection.recv(65536)
        connection.sendall(f"HTTP/1.1 200 OK\r\n{length}Connection: close\r\n\r\n".encode())
        time.sleep(0.05)
        connection.sendall(b"x" * 20_000)

    with raw_server(serve) as url:
        assert fetcher().get(url).body == b"x" * 20_000


@pytest.mark.threat("SSRF-014")
def test_a_bearer_token_goes_to_its_own_origin_alone(publisher, tmp_path):
    publisher.publish()
    file = tmp_path / "token"
    file.write_text("abc.def\n")
    origin = parse_url(publisher.url, private_addresses=True).origin
    fetcher(bearer_file=str(file), bearer_origin=origin).get(publisher.url)
    fetcher(bearer_file=str(file), bearer_origin=("https", "elsewhere.example", 443)).get(publisher.url)
    (_, first), (_, second) = publisher.requests
    assert first["Authorization"] == "Bearer abc.def"
    assert "Authorization" not in second


@pytest.mark.parametrize("content", [b"", b"two\nlines", b"\xff", b"a" * 20_000])
def test_a_bearer_file_holds_one_token(publisher, tmp_path, content):
    file = tmp_path / "token"
    file.write_bytes(content)
    origin = parse_url(publisher.url, private_addresses=True).origin
    assert "must hold one token" in refused(publisher.url, bearer_file=str(file), bearer_origin=origin)
    assert publisher.fetches == 0


@pytest.mark.threat("SSRF-004")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(publisher, status):
    publisher.behaviour = lambda handler: handler.answer(b"", status, Location=publisher.url)
    assert f"the status is {status}" in refused(publisher.url)
    assert publisher.fetches == 1


@pytest.mark.parametrize("status", [201, 204, 206, 304, 400, 401, 404, 429, 500, 503])
def test_any_other_status_is_a_failure(publisher, status):
    publisher.behaviour = lambda handler: handler.answer(b"", status)
    assert f"the status is {status}" in refused(publisher.url)


@pytest.mark.threat("SSRF-007")
def test_a_large_answer_is_not_read_to_its_end(publisher):
    publisher.behaviour = lambda handler: handler.answer(b" " * (MAX_BODY + 1))
    assert "longer than" in refused(publisher.url)


def test_a_compressed_answer_is_not_unpacked(publisher):
    publisher.behaviour = lambda handler: handler.answer(b"x", Content_Encoding="gzip")
    assert "compressed" in refused(publisher.url)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200,
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx",
    ],
    ids=["nothing", "no-http", "200-headers", "cut-off"],
)
def test_what_is_no_answer_is_a_failure(octets):
    with raw_server(lambda connection: (connection.recv(65536), connection.sendall(octets))) as url:
        refused(url)


@pytest.mark.parametrize("phase", ["status", "headers", "body", "silence"])
def test_the_time_is_for_the_whole_answer(phase):
    """An octet each tenth of a second is in time for every single read, and never ends."""
    serve = {
        "status": trickle(b"HTTP/1.1 200 OK" + b", and more of this" * SLOW),
        "headers": trickle(b"HTTP/1.1 200 OK\r\n" + b"X-Slow: y\r\n" * 50, SLOW / 500),
        "body": lambda connection: (
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"),
            trickle(b" " * 10 * SLOW)(connection),
        ),
        "silence": hang,
    }[phase]
    with raw_server(serve) as url:
        given_up(url)


def test_a_resolver_that_hangs_is_not_waited_for():
    release = threading.Event()

    def resolver(*_):
        release.wait(SLOW)
        return ["127.0.0.1"]

    assert "not resolved in time" in given_up("http://localhost:1/", resolver=resolver)
    release.set()


def test_a_handshake_that_hangs_is_not_waited_for():
    with raw_server(hang) as url:
        given_up(url.replace("http:", "https:"))


@pytest.mark.threat("SSRF-006")
def test_the_address_that_was_judged_is_the_one_that_is_asked(publisher):
    """The second answer of a rebinding name is never asked for."""
    port, answers = int(publisher.url.split(":")[2].split("/")[0]), []

    def resolver(*_):
        answers.append("127.0.0.1" if not answers else "10.0.0.1")
        return answers[-1:]

    publisher.publish()
    fetcher(resolver=resolver).get(f"http://rebinding.example:{port}/jwks.json")
    assert answers == ["127.0.0.1"]
    assert publisher.requests[0][1]["Host"] == f"rebinding.example:{port}"


def test_a_closed_port_is_a_failure():
    refused(f"http://127.0.0.1:{unused_port()}/")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for keys.example.com that nobody has signed but itself."""
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    named = ["-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=keys.example.com"]
    subprocess.run(
        [*command, *named, "-addext", "subjectAltName=DNS:keys.example.com"], check=True, capture_output=True
    )
    return cert, key


@contextmanager
def tls_server(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    def serve(connection):
        try:
            with context.wrap_socket(connection, server_side=True) as secure:
                secure.recv(65536)
                secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        except OSError:
            pass

    with raw_server(serve) as url:
        yield url.split(":")[2]


@pytest.mark.threat("SSRF-011")
@pytest.mark.parametrize(
    ("host", "trusted"),
    [("keys.example.com", True), ("keys.example.com", False), ("other.example.com", True)],
)
def test_a_certificate_is_checked_for_the_name_that_was_asked(certificate, host, trusted, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    options = {"resolver": lambda *_: ["127.0.0.1"]}
    if trusted:
        options["ca_file"] = str(certificate[0])
    with tls_server(certificate) as rest:
        url = f"https://{host}:{rest}"
        if trusted and host == "keys.example.com":
            assert fetcher(**options).get(url).body == b"{}"
        else:
            with pytest.raises(KeySetUnavailable, match="certificate verify failed"):
                fetcher(**options).get(url)


def test_a_ca_file_that_is_missing_is_a_failure(tmp_path):
    with raw_server(hang) as url:
        refused(url.replace("http:", "https:"), ca_file=str(tmp_path / "none.pem"))
