"""One HTTP exchange with our own server, recorded as it went over the wire."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, responses
from typing import Final, cast

PATIENCE: Final = 30  # seconds; a login hashes a password, on a busy machine slowly
_LONG: Final = re.compile(r"[A-Za-z0-9_.-]{80,}")
_HEADERS: Final = frozenset({"content-type", "www-authenticate", "cache-control", "vary", "etag"})


def shorten(text: str) -> str:
    """Return `text` with the middle of each token removed, so that nobody can use it."""
    return _LONG.sub(lambda match: f"{match[0][:12]}…{match[0][-8:]}", text)


@dataclass(frozen=True)
class Exchange:
    """A request and its response."""

    method: str
    path: str
    request_headers: Mapping[str, str]
    request_body: str
    status: int
    response_headers: Mapping[str, str]
    response_body: str

    @property
    def json(self) -> dict[str, object]:
        """The JSON object of the response, or an empty one."""
        try:
            parsed = json.loads(self.response_body)
        except ValueError:
            return {}
        return cast("dict[str, object]", parsed) if isinstance(parsed, dict) else {}

    @property
    def request(self) -> str:
        """The request as text, its tokens shortened."""
        return _message(f"{self.method} {self.path} HTTP/1.1", self.request_headers, self.request_body)

    @property
    def response(self) -> str:
        """The response as text, its tokens shortened, without the headers that every server sends."""
        headers = {name: value for name, value in self.response_headers.items() if name.lower() in _HEADERS}
        start = f"HTTP/1.1 {self.status} {responses.get(self.status, '')}"
        return _message(start, headers, self.response_body)

    def __str__(self) -> str:
        return f"{self.request}\n\n{self.response}"


def call(
    host: str, method: str, path: str, *, token: str = "", body: Mapping[str, object] | None = None
) -> Exchange:
    """Send a request to `host` ("127.0.0.1:8000") and return the exchange.

    Raises `OSError` or `HTTPException` if there is no answer. It uses no proxy and follows no redirect.
    """
    headers = {"Host": host}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if body is not None:
        headers["Content-Type"] = "application/json"
    sent = "" if body is None else json.dumps(body, indent=2)
    connection = HTTPConnection(host, timeout=PATIENCE)
    try:
        connection.request(method, path, body=sent.encode() or None, headers=headers)
        answer = connection.getresponse()
        received = answer.read().decode()
    finally:
        connection.close()
    return Exchange(method, path, headers, sent, answer.status, dict(answer.getheaders()), received)


def _message(start: str, headers: Mapping[str, str], body: str) -> str:
    lines = [start, *(f"{name}: {value}" for name, value in headers.items())]
    return shorten("\n".join([*lines, *(["", _pretty(body)] if body else [])]))


def _pretty(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body
