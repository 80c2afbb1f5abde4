"""Verifying: nothing comes out but claims or a `TokenError`."""

import base64
import contextlib
import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from django_jwtkit import keys, moments, tokens
from django_jwtkit.errors import (
    DecryptionError,
    InvalidClaim,
    MalformedToken,
    MissingClaim,
    NotYetValid,
    TokenError,
    TokenExpired,
    UnknownKey,
    WrongType,
)
from django_jwtkit.jose import Key, jwe, jws

MINUTE = timedelta(minutes=1)
LETTER = tokens.TokenKind("test-letter", typ="test-letter+jwt", lifetime=MINUTE, encrypted=True)


def test_a_good_token_is_good(sign, good):
    """The claims as they were signed, in a dict of the caller's own."""
    text = sign(good)
    first = tokens.verify(text)
    first["role"] = "admin"
    assert tokens.verify(text) == good


@pytest.mark.threat("JTI-001", "JTI-002", "JTI-003", "JTI-004", "JTI-005", "JTI-006", "JTI-007")
@pytest.mark.parametrize(
    "jti",
    [
        1,
        None,
        ["a" * 16],
        {"a": 1},
        "",
        True,
        "a" * 15,
        "a" * 65,
        "a" * 5000,
        "a" * 15 + "\n",
        "ä" * 16,
        "a" * 16 + "\n",
    ],
)
def test_a_jti_is_one_of_ours(sign, good, jti):
    """16 to 64 characters of base64url, whatever JSON can say otherwise."""
    with pytest.raises(TokenError):
        tokens.verify(sign({**good, "jti": jti}))


@pytest.mark.threat("SUB-001", "SUB-002", "SUB-003", "SUB-004", "SUB-005", "SUB-006", "SUB-007", "SUB-012")
@pytest.mark.parametrize("sub", [42, None, True, ["42"], {"id": 42}, 4.2, "", "4" * 5000, "4" * 256])
def test_a_sub_is_a_text_of_1_to_255_characters(sign, good, sub):
    """No type is taken for another."""
    with pytest.raises(TokenError):
        tokens.verify(sign({**good, "sub": sub}))


@pytest.mark.threat("SUB-020", "JTI-020")
@pytest.mark.parametrize("name", ["sub", "jti", "exp", "iat"])
def test_what_every_token_of_ours_has_is_required(sign, good, name):
    """A token without it is not ours, whoever signed it."""
    del good[name]
    with pytest.raises(MissingClaim):
        tokens.verify(sign(good))


def test_expired_means_expired(alice, settings):
    """To the second, or by LEEWAY more."""
    text, later = tokens.issue(alice), moments.now() + timedelta(minutes=5, seconds=1)
    with pytest.raises(TokenExpired):
        tokens.verify(text, now=later)
    settings.JWTKIT = {"LEEWAY": timedelta(seconds=30)}
    assert tokens.verify(text, now=later)


def test_our_own_clocks_may_differ(sign, good):
    """A token from a machine a minute ahead is good; from further away it is not."""
    ahead = {**good, "iat": good["iat"] + 50, "exp": good["iat"] + 110}
    assert tokens.verify(sign(ahead))
    with pytest.raises(NotYetValid):
        tokens.verify(sign({**good, "iat": good["iat"] + 90, "exp": good["iat"] + 150}))


def test_leeway_counts_for_iat_where_it_is_more(sign, good, settings):
    """max(LEEWAY, CLOCK_SKEW)."""
    settings.JWTKIT = {"LEEWAY": timedelta(seconds=120)}
    assert tokens.verify(sign({**good, "iat": good["iat"] + 100, "exp": good["iat"] + 160}))


def test_a_token_without_kid_is_refused(good, sign, db):
    """Our rings know their keys by name."""
    key = keys.signing_key("access", now=moments.now(), lifetime=MINUTE)
    jwk = key.to_dict(private=True)
    del jwk["kid"]
    text = jws.sign(json.dumps(good).encode(), Key.from_dict(jwk), header={"typ": "at+jwt"})
    with pytest.raises(UnknownKey):
        tokens.verify(text)


@pytest.mark.threat("TYP-038")
def test_a_header_that_was_edited_is_refused(alice):
    """The type is signed with the rest."""
    head, body, signature = tokens.issue(alice, kind=tokens.REFRESH).split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    edited = base64.urlsafe_b64encode(json.dumps({**header, "typ": "at+jwt"}).encode()).decode().rstrip("=")
    with pytest.raises(TokenError):
        tokens.verify(f"{edited}.{body}.{signature}")


def test_a_token_that_outlives_its_keys_promise_is_refused(sign, good):
    """A hundred years by a stolen key, say."""
    with pytest.raises(InvalidClaim):
        tokens.verify(sign({**good, "exp": good["iat"] + 100 * 365 * 86400}))


def test_another_issuer_or_audience_is_refused(alice, settings):
    """A setting that is set is demanded of a token, and a claim without a setting is refused."""
    plain = tokens.issue(alice)
    settings.JWTKIT = {"ISSUER": "a", "AUDIENCE": "b"}
    ours = tokens.issue(alice)
    with pytest.raises(MissingClaim):
        tokens.verify(plain)
    settings.JWTKIT = {"ISSUER": "other", "AUDIENCE": "b"}
    with pytest.raises(InvalidClaim):
        tokens.verify(ours)
    settings.JWTKIT = {}
    with pytest.raises(InvalidClaim):
        tokens.verify(ours)


def test_an_encrypted_kind_refuses_a_bare_token(alice, settings):
    """And a bare kind an encrypted one: which layers there are, the token does not choose."""
    bare = tokens.issue(alice)
    settings.JWTKIT = {"ENCRYPT": ["access"]}
    nested = tokens.issue(alice)
    with pytest.raises((MalformedToken, DecryptionError)):
        tokens.verify(bare)
    settings.JWTKIT = {}
    with pytest.raises(TokenError):
        tokens.verify(nested)


def test_what_is_encrypted_to_us_is_not_yet_from_us(alice, sign, good):
    """Inside there must be a token of the kind's own ring and typ."""
    recipient = keys.signing_key("encryption", now=moments.now(), lifetime=MINUTE)
    for inside, refusal in ((tokens.issue(alice), WrongType), ("a.b.c", MalformedToken)):
        text = jwe.encrypt(inside.encode(), recipient, header={"cty": "JWT"})
        with pytest.raises(refusal):
            tokens.verify(text, kind=LETTER)


@pytest.mark.parametrize(
    "text", [None, 1, b"\xff", [], {}, "", ".", "..", "....", "ä.b.c", "a" * 9000, "\ud800.b.c"]
)
def test_anything_in_a_tokens_place_is_a_token_error(db, text):
    """Of both layers."""
    for kind in (tokens.ACCESS, LETTER):
        with pytest.raises(TokenError):
            tokens.verify(text, kind=kind)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(["sub", "jti", "exp", "iat", "nbf", "iss", "aud", "sid", "cnt"]), value=JSON)
def test_any_json_in_any_claim_is_claims_or_a_token_error(sign, good, name, value):
    """Signed by our own key, so that all of the validation is reached."""
    try:
        text = sign({**good, name: value})
    except UnicodeEncodeError:
        return
    with contextlib.suppress(TokenError):
        assert tokens.verify(text)["sub"]
