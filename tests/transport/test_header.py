"""The `Authorization` header: one parser, and it never raises anything but a 401."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rest_framework.test import APIRequestFactory

from django_jwtkit import tokens
from django_jwtkit.conf import find_problems
from django_jwtkit.drf import JWTAuthentication
from django_jwtkit.drf.challenges import Refused
from django_jwtkit.errors import MalformedHeader
from django_jwtkit.transport import challenge, read_header, refuse

BAD = {
    "detail": "Authorization header must contain two space-delimited values",
    "code": "bad_authorization_header",
}
CHALLENGE = (
    'Bearer realm="api", error="invalid_request", '
    'error_description="Authorization header must contain two space-delimited values"'
)


@pytest.mark.threat("HTTP-001")
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_has_no_case(scheme):
    """RFC 9110 §11.1."""
    assert read_header(f"{scheme} a.b.c") == "a.b.c"


@pytest.mark.threat("HTTP-007")
@pytest.mark.parametrize(
    "header",
    [None, "", "Basic YTpi", "Token abc", "DPoP a.b.c", "Bearers a.b.c", "Bearer-x a", "a.b.c", "JWT a.b.c"],
)
def test_another_scheme_is_not_ours(header):
    """Other authentication classes may want it."""
    assert read_header(header) is None


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
    with pytest.raises(MalformedHeader) as refused:
        read_header(header)
    assert refuse(refused.value) == (401, BAD, CHALLENGE, None)


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


class TestSchemes:
    """`AUTH_SCHEMES`: for clients that write another word before the token."""

    @pytest.fixture(autouse=True)
    def _two_schemes(self, settings):
        settings.JWTKIT = {"AUTH_SCHEMES": ["JWT", "Bearer"]}

    @pytest.mark.parametrize("header", ["JWT a.b.c", "jwt a.b.c", "Bearer a.b.c", "bearer a.b.c"])
    def test_each_scheme_carries_our_token(self, header):
        """In any case."""
        assert read_header(header) == "a.b.c"

    @pytest.mark.parametrize("header", ["JWT", "jwt\ta.b.c", "Bearer a b", "JWT a,JWT b"])
    def test_a_malformed_one_is_refused(self, header):
        """As strictly as `Bearer` is."""
        with pytest.raises(MalformedHeader):
            read_header(header)

    @pytest.mark.parametrize("header", ["JWTs a.b.c", "Token a.b.c", "a.b.c"])
    def test_another_one_is_not_ours(self, header):
        """A scheme that begins alike is another scheme."""
        assert read_header(header) is None

    def test_the_first_one_stands_in_challenges(self):
        """A client does what the challenge says."""
        assert challenge() == 'JWT realm="api"'
        assert JWTAuthentication().authenticate_header(APIRequestFactory().get("/")) == 'JWT realm="api"'
        assert Refused("Token is invalid", "token_not_valid", "invalid_token").auth_header.startswith("JWT ")

    def test_bearer_is_a_scheme_like_any_other(self, settings):
        """Where it is not named, it is not ours."""
        settings.JWTKIT = {"AUTH_SCHEMES": ("JWT",)}
        assert read_header("Bearer a.b.c") is None
        assert read_header("JWT a.b.c") == "a.b.c"


@pytest.mark.parametrize(
    "value",
    [None, "Bearer", [], {"Bearer"}, [""], ["Bearer "], ["Bea:rer"], ["B", "b"], [5], ["é"]],
    ids=repr,
)
def test_schemes_that_no_header_can_have_are_an_error(value):
    """A set has no first, and the case does not tell two schemes apart."""
    (problem,) = find_problems({"AUTH_SCHEMES": value})
    assert problem.message.startswith("AUTH_SCHEMES must ")


@pytest.mark.django_db
def test_a_token_in_another_scheme_authenticates(alice, settings):
    """djoser's documents write `JWT`."""
    settings.JWTKIT = {"AUTH_SCHEMES": ("JWT",)}
    request = APIRequestFactory().get("/", headers={"authorization": f"JWT {tokens.issue(alice)}"})
    assert JWTAuthentication().authenticate(request)[0] == alice
