"""The Claims Set: types, issuer and audience, time."""

import math
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from django_jwtkit.errors import ClaimError, InvalidClaim, MissingClaim, NotYetValid, TokenError, TokenExpired
from django_jwtkit.jose import jwt
from django_jwtkit.jose.claims import validating as claims_module
from django_jwtkit.jose.claims.validating import LATEST
from tests.jose.signing import NOW, decoded, forged, members, public


def refused(
    kind: type[ClaimError], claim: str, *, options: dict[str, object] | None = None, **changes: object
) -> None:
    """Demand that soundly signed claims with these changes are refused for `claim`."""
    with pytest.raises(kind) as refusal:
        decoded(forged(CLAIMS_WITH(changes)), **(options or {}))
    assert refusal.value.claim == claim
    assert isinstance(refusal.value, TokenError)


def CLAIMS_WITH(changes: dict[str, object]) -> dict[str, object]:  # noqa: N802
    """Return good claims with these; here None is a value."""
    return members() | changes


NO_DATES = [
    pytest.param(-1, marks=pytest.mark.threat("TIME-004")),
    pytest.param(-0.5, marks=pytest.mark.threat("TIME-004")),
    pytest.param(str(NOW + 60), marks=pytest.mark.threat("TIME-005", "TIME-041", "TIME-051")),
    pytest.param("2030-01-01T00:00:00Z", marks=pytest.mark.threat("TIME-006", "TIME-045")),
    pytest.param(True, marks=pytest.mark.threat("TIME-007", "TIME-042", "TIME-052")),
    pytest.param(None, marks=pytest.mark.threat("TIME-008", "TIME-043", "TIME-053")),
    pytest.param([NOW + 60], marks=pytest.mark.threat("TIME-009", "TIME-044")),
    pytest.param({"t": NOW}, marks=pytest.mark.threat("TIME-010", "TIME-054")),
    pytest.param(10**19, marks=pytest.mark.threat("TIME-012")),
    pytest.param(1e308, marks=pytest.mark.threat("TIME-013")),
    pytest.param(253402300800, marks=pytest.mark.threat("TIME-012")),
    pytest.param(10**307, marks=pytest.mark.threat("TIME-011")),
]


@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("value", NO_DATES, ids=str)
def test_a_numeric_date_is_a_number_within_the_calendar(claim, value):
    """Malformed is refused, never taken for absent."""
    refused(InvalidClaim, claim, **{claim: value})


@pytest.mark.threat("TIME-001")
def test_exp_is_required_always():
    """A token without an end never ends."""
    with pytest.raises(MissingClaim) as refusal:
        decoded(forged(members(exp=None)))
    assert refusal.value.claim == "exp"


@pytest.mark.parametrize(
    "exp",
    [
        pytest.param(NOW - 1, marks=pytest.mark.threat("TIME-002")),
        pytest.param(NOW, marks=pytest.mark.threat("TIME-063")),
        pytest.param(NOW - 0.001, marks=pytest.mark.threat("TIME-002")),
        pytest.param(0, marks=pytest.mark.threat("TIME-003")),
    ],
)
def test_an_expired_token_is_expired(exp):
    """On the second: RFC 7519 §4.1.4 says "on or after"."""
    with pytest.raises(TokenExpired) as refusal:
        decoded(forged(members(exp=exp, iat=None)))
    assert (refusal.value.claim, refusal.value.detail) == ("exp", "Token is expired")


@pytest.mark.threat("TIME-027")
def test_minus_zero_is_zero():
    """It parses, and is long ago."""
    with pytest.raises(TokenExpired):
        decoded(forged(b'{"exp": -0}'))


@pytest.mark.threat("TIME-063")
def test_the_leeway_is_exact():
    """It moves exp and nbf by its seconds and not one more."""
    ended, coming = forged(members(exp=NOW - 10, iat=None)), forged(members(nbf=NOW + 10))
    for leeway in (10.5, 11, timedelta(seconds=11)):
        assert decoded(ended, leeway=leeway)
    assert decoded(coming, leeway=10)
    with pytest.raises(TokenExpired):
        decoded(ended, leeway=10)
    with pytest.raises(NotYetValid):
        decoded(coming, leeway=9)


@pytest.mark.threat("TIME-040", "TIME-050")
@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_what_begins_later_is_not_valid_yet(claim):
    """Not before, and not issued in the future."""
    refused(NotYetValid, claim, **{claim: NOW + 1})
    assert decoded(forged(members(**{claim: NOW})))
    assert decoded(forged(members(**{claim: NOW + 1})), now=NOW + 1)


@pytest.mark.threat("TIME-050", "TIME-064")
def test_our_own_clocks_may_differ():
    """`skew` is for iat alone; the larger of the two allowances counts."""
    text = forged(members(iat=NOW + 30))
    assert decoded(text, skew=30)
    assert decoded(text, skew=timedelta(seconds=60))
    assert decoded(text, leeway=30, skew=5)
    with pytest.raises(NotYetValid):
        decoded(text, skew=29, leeway=29)
    with pytest.raises(NotYetValid):
        decoded(forged(members(nbf=NOW + 30)), skew=60)


@pytest.mark.threat("TIME-061")
@pytest.mark.parametrize("changes", [{"iat": NOW + 301}, {"nbf": NOW + 301}, {"exp": NOW - 20}], ids=str)
def test_a_token_does_not_end_before_it_begins(changes):
    """Whatever the clock says, as long as it has not ended."""
    refused(InvalidClaim, "exp", options={"now": NOW - 30}, **changes)
    refused(InvalidClaim, "exp", options={"now": NOW - 10**6}, **changes)


@pytest.mark.threat("TIME-061")
@pytest.mark.parametrize(
    "changes",
    [{"iat": NOW - 10}, {"iat": NOW}, {"iat": NOW + 10**6}, {"nbf": NOW - 5}, {"nbf": NOW + 9}],
    ids=str,
)
def test_a_token_that_has_ended_is_expired_whatever_else_it_says(changes):
    """The usual way of a test to make an expired token leaves iat where it was."""
    refused(TokenExpired, "exp", exp=NOW - 20, **changes)
    refused(TokenExpired, "exp", exp=NOW, **changes)


@pytest.mark.threat("TIME-060", "SUB-020", "JTI-020", "ISS-020", "AUD-020")
@pytest.mark.parametrize("claim", ["iat", "sub", "jti", "iss", "nbf", "sid", "https://example.org/role"])
def test_what_is_required_is_there(claim):
    """Any name; null is not there either."""
    text = forged({name: value for name, value in members().items() if name != claim})
    with pytest.raises(MissingClaim) as refusal:
        decoded(text, required={"exp", claim})
    assert refusal.value.claim == claim
    with pytest.raises(ClaimError):
        decoded(forged(CLAIMS_WITH({claim: None})), required=[claim])


TEXTS = [
    pytest.param(1, marks=pytest.mark.threat("SUB-001", "JTI-001", "ISS-009")),
    pytest.param(None, marks=pytest.mark.threat("SUB-002", "JTI-002", "ISS-008")),
    pytest.param(True, marks=pytest.mark.threat("SUB-003", "JTI-006")),
    pytest.param(["42"], marks=pytest.mark.threat("SUB-004", "JTI-003", "ISS-005")),
    pytest.param({"id": "42"}, marks=pytest.mark.threat("SUB-005", "JTI-004", "ISS-007")),
    pytest.param(1.5, marks=pytest.mark.threat("SUB-006")),
    pytest.param("", marks=pytest.mark.threat("SUB-007", "JTI-005", "ISS-010")),
]


@pytest.mark.parametrize("claim", ["sub", "jti", "iss"])
@pytest.mark.parametrize("value", TEXTS, ids=str)
def test_names_are_text(claim, value):
    """Whether anybody asks for them or not."""
    refused(InvalidClaim, claim, **{claim: value})


@pytest.mark.threat("SUB-012", "JTI-007")
@pytest.mark.parametrize(("claim", "most"), [("sub", 2048), ("jti", 255)])
def test_names_have_a_bounded_length(claim, most):
    """A jti fits a database column; a sub may be a did:jwk, which holds a whole key."""
    refused(InvalidClaim, claim, **{claim: "x" * (most + 1)})
    refused(InvalidClaim, claim, **{claim: "x" * 5000})
    assert decoded(forged(members(**{claim: "x" * most})))
    assert decoded(forged(members(**{claim: "x" * most}, aud=["x"])), audience="x")


ISSUER = "https://auth.example.com"
OTHER_ISSUERS = [
    pytest.param("https://auth.example", marks=pytest.mark.threat("ISS-001")),
    pytest.param("https://auth.example.com.evil.net", marks=pytest.mark.threat("ISS-002")),
    pytest.param("https://auth.example.com/", marks=pytest.mark.threat("ISS-003")),
    pytest.param("https://Auth.example.com", marks=pytest.mark.threat("ISS-004")),
    pytest.param([ISSUER], marks=pytest.mark.threat("ISS-005")),
    pytest.param([ISSUER, "https://evil.net"], marks=pytest.mark.threat("ISS-006")),
    pytest.param({ISSUER: 1}, marks=pytest.mark.threat("ISS-007")),
    pytest.param("", marks=pytest.mark.threat("ISS-010")),
    pytest.param(ISSUER + "\0", marks=pytest.mark.threat("ISS-011")),
    pytest.param(ISSUER + " ", marks=pytest.mark.threat("ISS-002")),
]


@pytest.mark.parametrize(
    "names", [[ISSUER, "accounts.example"], ("accounts.example", ISSUER), {ISSUER}], ids=str
)
def test_one_of_several_issuers_will_do(names):
    """As for audiences; a change of domain needs two, and Google writes two."""
    assert decoded(forged(members(iss=ISSUER)), issuer=names)
    refused(InvalidClaim, "iss", iss="https://other.example", options={"issuer": names})
    refused(InvalidClaim, "iss", iss=[ISSUER], options={"issuer": names})
    with pytest.raises(MissingClaim):
        decoded(forged(members(iss=None)), issuer=names)


@pytest.mark.parametrize("issuer", OTHER_ISSUERS, ids=ascii)
def test_an_issuer_is_the_very_same_text(issuer):
    """No part, no case, no list of it."""
    refused(InvalidClaim, "iss", iss=issuer, options={"issuer": ISSUER})


def test_the_right_issuer_is_the_right_issuer():
    """An issuer that nobody asked for is not looked at."""
    text = forged(members(iss=ISSUER))
    assert decoded(text, issuer=ISSUER) == decoded(text)


@pytest.mark.threat("ISS-020")
def test_an_issuer_asked_for_is_required():
    """Its absence is not a match."""
    with pytest.raises(MissingClaim):
        decoded(forged(), issuer=ISSUER)


AUDIENCE = "https://api.example.com"
OTHER_AUDIENCES = [
    pytest.param("https://api.example.com.evil.net", marks=pytest.mark.threat("AUD-001")),
    pytest.param("https://api.example", marks=pytest.mark.threat("AUD-002")),
    pytest.param("https://API.example.com", marks=pytest.mark.threat("AUD-003")),
    pytest.param("https://api.example.com/", marks=pytest.mark.threat("AUD-004")),
    pytest.param([], marks=pytest.mark.threat("AUD-005")),
    pytest.param([""], marks=pytest.mark.threat("AUD-006", "AUD-022")),
    pytest.param([AUDIENCE, ""], marks=pytest.mark.threat("AUD-006")),
    pytest.param([[AUDIENCE]], marks=pytest.mark.threat("AUD-007")),
    pytest.param({AUDIENCE: 1}, marks=pytest.mark.threat("AUD-008")),
    pytest.param(None, marks=pytest.mark.threat("AUD-009")),
    pytest.param(1, marks=pytest.mark.threat("AUD-010")),
    pytest.param(True, marks=pytest.mark.threat("AUD-011")),
    pytest.param("*", marks=pytest.mark.threat("AUD-012")),
    pytest.param(["a", "b"], marks=pytest.mark.threat("AUD-013")),
    pytest.param(f"{AUDIENCE} other", marks=pytest.mark.threat("AUD-014")),
    pytest.param([AUDIENCE, 1], marks=pytest.mark.threat("AUD-015")),
    pytest.param([AUDIENCE, None], marks=pytest.mark.threat("AUD-015")),
    pytest.param("", marks=pytest.mark.threat("AUD-022")),
]


@pytest.mark.parametrize("audience", OTHER_AUDIENCES, ids=ascii)
def test_an_audience_is_the_very_same_text(audience):
    """One text, or a list of texts that has it."""
    refused(InvalidClaim, "aud", aud=audience, options={"audience": AUDIENCE})


@pytest.mark.parametrize("audience", [AUDIENCE, [AUDIENCE], ["other", AUDIENCE]], ids=str)
def test_the_right_audience_is_the_right_audience(audience):
    """Of several that the caller answers to, the token must name one."""
    text = forged(members(aud=audience))
    assert decoded(text, audience=AUDIENCE)["aud"] == audience
    for many in ({AUDIENCE}, [AUDIENCE, "mine too"], (AUDIENCE,)):
        assert decoded(text, audience=many)
    with pytest.raises(InvalidClaim):
        decoded(text, audience={"neither", "nor"})


@pytest.mark.threat("AUD-020")
def test_an_audience_asked_for_is_required():
    """Its absence is not a match."""
    with pytest.raises(MissingClaim):
        decoded(forged(), audience=AUDIENCE)


@pytest.mark.threat("AUD-021")
@pytest.mark.parametrize("audience", ["x", ["x"], AUDIENCE])
def test_an_audience_that_nobody_asked_for_is_refused(audience):
    """The token is for somebody, and we cannot say that it is for us (RFC 7519 §4.1.3)."""
    refused(InvalidClaim, "aud", aud=audience)


def test_everything_else_is_said_before_it_is_said_to_be_expired():
    """ "Token is expired" tells a client that a new one will do: that must be the only thing wrong."""
    old = forged(members(exp=NOW - 1, iat=None, aud="x", iss="x"))
    for options in (
        {"audience": "y"},
        {"audience": "x", "issuer": "y"},
        {"audience": "x", "required": {"jti"}},
    ):
        with pytest.raises(ClaimError) as refusal:
            decoded(old, **options)
        assert not isinstance(refusal.value, TokenExpired)
    with pytest.raises(TokenExpired):
        decoded(old, audience="x", issuer="x")


@pytest.mark.threat("TIME-062")
@pytest.mark.parametrize(
    "wrong",
    [
        *(
            {"leeway": leeway}
            for leeway in (86400, 301, -1, math.inf, math.nan, timedelta(seconds=-1), timedelta(1))
        ),
        *({"skew": skew} for skew in (-1, math.inf, math.nan, timedelta(seconds=-1), 10**400)),
        *({"now": now} for now in (math.nan, math.inf, 10**400, -(10**400), datetime(2026, 1, 1))),  # noqa: DTZ001
        *({"audience": audience} for audience in ("", [], set(), [""], ["x", ""])),
        *({"issuer": ""}, {"required": [""]}, {"typ": ""}, {"issuer": [""]}, {"typ": ["JWT", ""]}),
        *({"issuer": []}, {"typ": ()}, {"audience": set()}),
    ],
    ids=lambda wrong: str(wrong)[:40],
)
def test_arguments_that_make_no_sense_are_a_wrong_call(wrong):
    """Found before the token is looked at."""
    with pytest.raises(ValueError):
        decoded(None, **wrong)


def test_as_much_as_a_float_can_say_is_a_number_of_seconds():
    """No sum of what comes later is beyond it."""
    most = int(sys.float_info.max)
    assert decoded(forged(), skew=most, leeway=300)
    with pytest.raises(TokenExpired):
        decoded(forged(), now=most, leeway=0.5)


@pytest.mark.threat("TIME-062", "AUD-022")
@pytest.mark.parametrize(
    "wrong",
    [
        *({"leeway": leeway} for leeway in ("60", None, True, [60])),
        *({"now": now} for now in ("now", True, [1], timedelta(1))),
        *({"audience": audience} for audience in (1, [1], [None], [["x"]], b"x")),
        *({"issuer": issuer} for issuer in (1, [1], [None], [[ISSUER]], b"x", bytearray(b"x"))),
        *({"required": required} for required in ("sub", b"sub", [1], [["sub"]], None, 1)),
        *({"typ": typ} for typ in (1, [1], [["JWT"]], b"JWT")),
        *({"skew": "60"}, {"unknown": 1}),
    ],
    ids=str,
)
def test_arguments_of_the_wrong_type_are_a_wrong_call(wrong):
    """In the text "sub" there are three names of one letter."""
    with pytest.raises(TypeError):
        decoded(None, **wrong)


@pytest.mark.threat("TIME-064")
def test_now_is_a_moment_in_any_form():
    """Seconds, a datetime in any zone; by default the real clock."""
    text = forged()
    moment = datetime.fromtimestamp(NOW, UTC)
    for now in (NOW, float(NOW), moment, moment.astimezone()):
        assert decoded(text, now=now)
    with pytest.raises(TokenExpired):
        decoded(text, now=moment + timedelta(seconds=300))
    fresh = forged({"exp": int(datetime.now(UTC).timestamp()) + 60})
    assert jwt.decode(fresh, public("HS256"), algorithms={"HS256"})
    stale = forged({"exp": int(datetime.now(UTC).timestamp()) - 60})
    with pytest.raises(TokenExpired):
        jwt.decode(stale, public("HS256"), algorithms={"HS256"})


A_TEXT = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(["x" * 255, "x" * 256])
)
A_DATE = (
    st.none() | st.booleans() | st.floats() | st.integers() | st.integers(0, LATEST + 1) | st.text(max_size=3)
)


@given(
    st.fixed_dictionaries(
        {},
        optional={name: A_TEXT | st.lists(A_TEXT, max_size=2) for name in ("iss", "sub", "aud", "jti")}
        | dict.fromkeys(("exp", "nbf", "iat"), A_DATE),
    )
)
def test_the_short_check_passes_nothing_that_the_table_refuses(claims_found):
    """The quick way is a shortcut to a yes, and never another rule."""
    good = all(
        is_good(claims_found[name]) for name, is_good in claims_module._TYPES.items() if name in claims_found
    )
    plain = claims_module._has_usual_types(claims_found)
    event("a glance was enough" if plain else "good, but not at a glance" if good else "bad")
    assert good or not plain
