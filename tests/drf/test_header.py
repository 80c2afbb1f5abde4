"""The `Authorization` header: one parser, and it never raises anything but a 401."""

from io import BytesIO

import pytest
from django.core.handlers.asgi import ASGIRequest
from hypothesis import example, given
from hypothesis import strategies as st
from rest_framework.test import APIRequestFactory

from django_jwtkit.drf import JWTAuthentication
from django_jwtkit.drf.authentication import bearer
from django_jwtkit.drf.challenges import Refused

BAD = {
    "detail": "Authorization header must contain two space-delimited values",
    "code": "bad_authorization_header",
}
FORM = "application/x-www-form-urlencoded"
CHALLENGE = (
    'Bearer realm="api", error="invalid_request", '
    'error_description="Authorization header must contain two space-delimited values"'
)


@pytest.mark.threat("HTTP-001")
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_has_no_case(scheme):
    """RFC 9110 §11.1."""
    assert bearer(f"{scheme} a.b.c") == "a.b.c"


@pytest.mark.threat("HTTP-007")
@pytest.mark.parametrize(
    "header",
    [None, "", "Basic YTpi", "Token abc", "DPoP a.b.c", "Bearers a.b.c", "Bearer-x a", "a.b.c", "JWT a.b.c"],
)
def test_another_scheme_is_not_ours(header):
    """Other authentication classes may want it."""
    assert bearer(header) is None


@pytest.mark.threat("HTTP-002", "HTTP-003", "HTTP-004", "HTTP-005", "HTTP-006")
@pytest.mark.parametrize(
    "header",
    [
        *("Bearer", "Bearer ", "Bearer   ", "bearer\t", "Bearer,", "Bearer\x00"),
        *("Bearer\ta.b.c", "Bearer  a.b.c", "Bearer\xa0a.b.c", "Bearer\x0ba.b.c", "Bearer\r\na.b.c"),
        *("Bearer a.b.c d.e.f", "Bearer a.b.c ", "Bearer a.b.c\n", " Bearer a.b.c", "Bearer a.\x7fb"),
        *("Bearer a.b.c,Bearer a.b.c", "Bearer a.b.c, Basic x", "Bearer a,b", "Bearer\u3000a.b.c"),
        *("Bearer \N{PILE OF POO}", "Bearer \xfc", "Bearer a.b.c\xff", "Bearer\u2028x"),
    ],
)
def test_a_header_that_is_not_two_values_is_refused(header):
    """One space, then visible ASCII without a comma: nothing else is two space-delimited values."""
    with pytest.raises(Refused) as refused:
        bearer(header)
    assert refused.value.status_code == 401
    assert refused.value.detail == BAD
    assert refused.value.auth_header == CHALLENGE


@pytest.mark.django_db
@given(st.text(st.characters(), max_size=80).map(lambda text: f"Bearer {text}") | st.text(max_size=80))
@example("Bearer " + "a" * 100_000)
@example("Bearer eyJhbGciOiJub25lIn0.e30.")
@example("Bearer " + "." * 9000)
def test_no_header_gives_a_foreign_exception(header):
    """Whatever it holds, it is not ours, or refused with 401."""
    request = APIRequestFactory().get("/")
    request.META["HTTP_AUTHORIZATION"] = header
    try:
        said = JWTAuthentication().authenticate(request)
    except Refused as refused:
        said = refused.detail["code"]
    assert said in {None, "token_not_valid", "bad_authorization_header"}


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
