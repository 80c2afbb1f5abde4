"""One GET of a small JSON document: bounded in time and size, with no redirects and no proxies.

The time is for all of it together: resolving, connecting, the TLS handshake and each read. With a time-out
for each read, a server that sends an octet a second would keep a worker for good.
"""

import http.client
import io
import queue
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from django_jwtkit.errors import KeySetUnavailable

from . import addresses
from .addresses import Address, parse_url

T = TypeVar("T")

MAX_BODY: Final = 256 * 1024  # octets
MAX_ETAG: Final = 512  # characters
MAX_BEARER: Final = 16 * 1024  # octets of a token that we send
_MAX_AGE: Final = re.compile(r'(?:^|[\s,])max-age="?([0-9]{1,9})"?(?=$|[\s,;])', re.IGNORECASE | re.ASCII)


class Answer(NamedTuple):
    """What a server said. `body` is None for "not modified"; `max_age` in seconds, if it named one."""

    body: bytes | None
    etag: str = ""
    max_age: int | None = None


@dataclass(frozen=True, kw_only=True)
class Fetcher:
    """Fetches documents. `bearer_file` holds a token that is sent to `bearer_origin` and to nobody else.

    `ca_file` takes the place of the system's certificates. Both files are read at each fetch, for they are
    replaced while a process runs (in a Kubernetes pod, every hour).
    """

    timeout: float = 5  # seconds
    ca_file: str | None = None
    bearer_file: str | None = None
    bearer_origin: tuple[str, str, int] | None = None
    private_addresses: bool = False
    resolver: addresses.Resolver = addresses.resolve

    def get(self, url: str, etag: str = "") -> Answer:
        """Return the document at `url`. With `etag`, its last one, the answer may be "not modified".

        Raises `KeySetUnavailable`, whatever went wrong.
        """
        try:
            return self._get(parse_url(url, private_addresses=self.private_addresses), etag)
        except (OSError, http.client.HTTPException, ValueError) as error:  # ssl.SSLError is an OSError
            raise KeySetUnavailable(f"{url} cannot be fetched: {_describe(error)}") from error

    def _get(self, address: Address, etag: str) -> Answer:
        deadline = time.monotonic() + self.timeout
        resolve = partial(
            addresses.find_addresses, address, self.resolver, private_addresses=self.private_addresses
        )
        # The system's resolver takes no time-out.
        places = _within(self.timeout, resolve, f"{address.host} was not resolved in time")
        with self._connect(address, places, deadline) as transport:
            connection = _connection(address, _Timed(transport, deadline))
            connection.request("GET", address.target, headers=self._headers(address, etag))
            return _answer(connection.getresponse(), asked_with=etag)

    def _connect(self, address: Address, places: tuple[str, ...], deadline: float) -> socket.socket:
        """Return a connection to the first of `places` that answers; raise `OSError`."""
        error: OSError | None = None
        for place in places:
            try:
                return self._connect_to(address, place, deadline)
            except OSError as failure:
                error = failure
        raise error or OSError("no address")

    def _connect_to(self, address: Address, place: str, deadline: float) -> socket.socket:
        plain = socket.create_connection((place, address.port), timeout=_remaining(deadline))
        if address.scheme != "https":
            return plain
        try:
            plain.settimeout(_remaining(deadline))
            context = ssl.create_default_context(cafile=self.ca_file)
            return context.wrap_socket(plain, server_hostname=address.host)
        except (OSError, ValueError):
            plain.close()
            raise

    def _headers(self, address: Address, etag: str) -> dict[str, str]:
        """Return the whole of what we say: no cookies, nothing of the request that waits for this."""
        headers = {
            "Accept": "application/json, application/jwk-set+json",
            "Accept-Encoding": "identity",
            "Connection": "close",
            "User-Agent": "django-jwtkit",
        }
        if etag:
            headers["If-None-Match"] = etag
        if self.bearer_file is not None and address.origin == self.bearer_origin:
            headers["Authorization"] = f"Bearer {_read_bearer(self.bearer_file)}"
        return headers


class _Timed:
    """A socket as `http.client` uses one, whose every step has the time that is left."""

    def __init__(self, inner: socket.socket, deadline: float) -> None:
        self._inner, self._deadline = inner, deadline

    def sendall(self, octets: bytes) -> None:
        self._inner.settimeout(_remaining(self._deadline))
        self._inner.sendall(octets)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._inner, self._deadline))

    def close(self) -> None:
        """Leave that to the block that opened it: `http.client` closes before it reads the body."""


class _Reader(io.RawIOBase):
    def __init__(self, inner: socket.socket, deadline: float) -> None:
        self._inner, self._deadline = inner, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._inner.settimeout(_remaining(self._deadline))
        return self._inner.recv_into(buffer)


def _connection(address: Address, transport: _Timed) -> http.client.HTTPConnection:
    """Return a connection that is open already, so that `http.client` connects to no other address."""
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.host, address.port)
    connection.sock = transport  # the part of a socket that it uses
    return connection


def _answer(response: http.client.HTTPResponse, *, asked_with: str) -> Answer:
    """Return what the server said; raise `ValueError` for anything but a small document."""
    match = _MAX_AGE.search(response.headers.get("Cache-Control", ""))
    max_age = int(match[1]) if match else None
    if response.status == 304 and asked_with:
        return Answer(None, asked_with, max_age)
    if response.status != 200:
        raise ValueError(f"the status is {response.status}, not 200")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ValueError("the answer is compressed, which was not asked for")
    body = response.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        raise ValueError(f"the answer is longer than {MAX_BODY} octets")
    if response.length:  # octets are missing, which a read of a given size does not report
        raise ValueError("the answer is cut off")
    etag = response.headers.get("ETag", "")
    return Answer(body, etag if len(etag) <= MAX_ETAG and etag.isprintable() else "", max_age)


def _read_bearer(file: str) -> str:
    with Path(file).open("rb") as stream:
        token = stream.read(MAX_BEARER + 1).strip()
    if not token.isascii() or not token.decode("ascii").isprintable() or not 0 < len(token) <= MAX_BEARER:
        raise ValueError(f"{file} must hold one token, in printable ASCII")
    return token.decode("ascii")


def _remaining(deadline: float) -> float:
    """Return the seconds until `deadline`. Raises `TimeoutError` if there are none."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("it took too long")
    return seconds


def _within(seconds: float, work: Callable[[], T], message: str) -> T:
    """Return what `work` returns, or raise what it raises; raise `TimeoutError` after `seconds`.

    The thread cannot be stopped. It is left to end by itself.
    """
    outcome: queue.SimpleQueue[tuple[T | None, Exception | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            outcome.put((work(), None))
        except (KeySetUnavailable, OSError) as error:
            outcome.put((None, error))

    threading.Thread(target=run, name="jwtkit-resolve", daemon=True).start()
    try:
        result, error = outcome.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(message) from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]  # there is one where there is no error


def _describe(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return f"{type(error).__name__}: {text}" if isinstance(error, http.client.HTTPException) else text
