"""The `Authorization` header over HTTP: what carries a token, and what never does."""

from io import BytesIO

import pytest
from django.core.handlers.asgi import ASGIRequest

from django_jwtkit.drf import JWTAuthentication

BAD = {
    "detail": "Authorization header must contain two space-delimited values",
    "code": "bad_authorization_header",
}
FORM = "application/x-www-form-urlencoded"
CHALLENGE = (
    'Bearer realm="api", error="invalid_request", '
    'error_description="Authorization header must contain two space-delimited values"'
)


@pytest.mark.urls("tests.drf.project")
class TestOverHTTP:
    @pytest.mark.threat("HTTP-006", "HTTP-012")
    def test_the_challenge_reflects_nothing_that_was_sent(self, api):
        """Fixed words, in the character set of RFC 6750 §3."""
        answer = api.get("/me/", authorization='Bearer evil", realm="x\r\nSet-Cookie: a=b')
        assert (answer.status_code, answer.json()) == (401, BAD)
        assert answer.headers["WWW-Authenticate"] == CHALLENGE

    @pytest.mark.threat("HTTP-008", "HTTP-010")
    def test_a_token_anywhere_else_is_not_read(self, either_api, pair):
        """Neither the query string nor the body nor a cookie nor a look-alike header logs anybody in."""
        either_api.client.cookies["access"] = pair.access
        bearer = f"Bearer {pair.access}"
        body = f"access_token={pair.access}".encode()
        answer = either_api.ask(
            *("GET", f"/me/?access_token={pair.access}", body),
            **{"x-authorization": bearer, "x-token": pair.access, "content_type": FORM},
        )
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.threat("HTTP-010")
@pytest.mark.parametrize(
    "name", ["authorization_", "_authorization", "http_authorization", "x_authorization"]
)
def test_no_underscore_makes_a_header_ours(alice, pair, name):
    """As an ASGI server hands it on, before any client of tests has made it tidy."""

    def ask(header):
        headers = [(header.encode(), f"Bearer {pair.access}".encode())]
        scope = {"type": "http", "method": "GET", "path": "/me/", "query_string": b"", "headers": headers}
        return JWTAuthentication().authenticate(ASGIRequest(scope, BytesIO()))

    assert ask("authorization")[0] == alice
    assert ask(name) is None
