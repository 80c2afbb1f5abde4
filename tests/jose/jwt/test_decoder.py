"""A decoder: the checks of `jwt.decode`, settled once."""

import gc
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_jwtkit.errors import (
    AlgorithmRefused,
    BadSignature,
    ClaimError,
    DecryptionError,
    InvalidClaim,
    MalformedToken,
    TokenError,
    TokenExpired,
    UnknownKey,
    WrongType,
)
from django_jwtkit.jose import Key, KeySet, jwt
from tests.jose.signing import CLAIMS, NOW, forged, key, members, public

ISSUER = "https://issuer.example"
KEYS = KeySet([public("ES256"), public("RS256")])
RECIPIENT = Key.generate("A256KW")
EXPECTED = {"algorithms": {"ES256"}, "issuer": [ISSUER], "audience": "api", "typ": ["at+jwt", None]}


def token(typ="at+jwt", by="ES256", **changes):
    """Return a token for `EXPECTED`."""
    return jwt.encode(members(iss=ISSUER, aud="api") | changes, key(by), typ=typ)


def outcome(ask, *args, **options):
    """Return the claims, or what was refused and how."""
    try:
        return ask(*args, **options)
    except TokenError as error:
        return type(error), error.code, str(error)


DECODE, GOOD = jwt.Decoder(KEYS, **EXPECTED), token()
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from((NOW, NOW - 60, NOW + 60, ISSUER, "api", "at+jwt", "ES256", "key-ES256", "none"))
)
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=4), SCALARS, max_size=2)


def test_it_returns_what_decode_returns():
    """For each token anew, at each moment."""
    decode = jwt.Decoder(KEYS, **EXPECTED)
    for text in (token(), token(), token(None), token(sub="43").encode()):
        assert decode(text, NOW) == jwt.decode(text, KEYS, now=NOW, **EXPECTED)
        assert decode(text, now=datetime.fromtimestamp(NOW, UTC)) == decode(text, now=NOW)
    with pytest.raises(TokenExpired):
        decode(token(), now=NOW + 300)
    with pytest.raises(TokenExpired):
        jwt.Decoder(KEYS, **EXPECTED)(token(iat=NOW - 10**9, exp=NOW - 10**8))  # by the clock


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a.b", MalformedToken),
        (None, MalformedToken),
        (token("rt+jwt"), WrongType),
        (token(by="RS256"), AlgorithmRefused),
        (jwt.encode(CLAIMS, Key.generate("ES256", kid="other"), typ="at+jwt"), UnknownKey),
        (jwt.encode(CLAIMS, Key.generate("ES256", kid="key-ES256"), typ="at+jwt"), BadSignature),
        (token(iss="https://other.example"), InvalidClaim),
        (token(aud="other"), InvalidClaim),
        (forged(alg="ES256", header={"kid": "key-ES256"}), ClaimError),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_it_refuses_what_decode_refuses(text, kind):
    """With the same exception."""
    with pytest.raises(kind) as refusal:
        jwt.Decoder(KEYS, **EXPECTED)(text, now=NOW)
    with pytest.raises(kind) as other:
        jwt.decode(text, KEYS, now=NOW, **EXPECTED)
    assert str(refusal.value) == str(other.value)


PARAMETERS = st.dictionaries(
    st.sampled_from(("kid", "alg", "typ", "crit", "cty", "b64", "jwk")), VALUES, max_size=2
)
PAYLOADS = st.dictionaries(st.sampled_from((*CLAIMS, "iss", "aud", "nbf", "jti", "own")), VALUES, max_size=3)


@given(PARAMETERS, PAYLOADS, st.sampled_from(("ES256", "HS256")), st.integers(-400, 400), st.booleans())
def test_it_says_of_any_token_what_decode_says(parameters, payload, alg, later, is_octets):
    """The same claims or the same error, with its message, for any content and any key."""
    header = {"kid": "key-ES256", "typ": "at+jwt"} | parameters
    text = forged(CLAIMS | {"iss": ISSUER, "aud": "api"} | payload, alg="ES256", header=header, by=alg)
    text = text.encode() if is_octets else text
    assert outcome(jwt.Decoder(KEYS, **EXPECTED), text, now=NOW + later) == outcome(
        jwt.decode, text, KEYS, now=NOW + later, **EXPECTED
    )


@given(st.text(max_size=80) | st.binary(max_size=80) | VALUES, st.integers(0, 200), st.booleans())
def test_it_says_of_any_text_what_decode_says(part, place, is_whole):
    """Of one that is no token, or has been spoilt."""
    good = GOOD if isinstance(part, str) else GOOD.encode()
    spoilt = good[:place] + part + good[place + 1 :] if isinstance(part, (str, bytes)) else part
    text = part if is_whole else spoilt
    assert outcome(DECODE, text, now=NOW) == outcome(jwt.decode, text, KEYS, now=NOW, **EXPECTED)


def test_nested_tokens_are_opened():
    """Both layers are demanded, as `decode` does."""
    decode = jwt.Decoder(KEYS, decrypt_with=RECIPIENT, encryptions={"A256GCM"}, **EXPECTED)
    text = jwt.encode(members(iss=ISSUER, aud="api"), key("ES256"), typ="at+jwt", encrypt_to=RECIPIENT)
    assert decode(text, now=NOW)["sub"] == "42"
    with pytest.raises(MalformedToken):
        decode(token(), now=NOW)
    with pytest.raises(DecryptionError):
        decode(text[:-3] + ("AAA" if text[-3:] != "AAA" else "BBB"), now=NOW)


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        ({"algorithms": {"none"}}, ValueError),
        ({"algorithms": "ES256"}, TypeError),
        ({"algorithms": [["ES256"]]}, TypeError),
        ({"issuer": []}, ValueError),
        ({"typ": [1]}, TypeError),
        ({"leeway": 301}, ValueError),
        ({"keys": None}, TypeError),
        ({"decrypt_with": "secret"}, TypeError),
        ({"decrypt_with": RECIPIENT, "encryptions": {"A256CBC"}}, ValueError),
        ({"decrypt_with": RECIPIENT, "encryption_algorithms": set()}, ValueError),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else None,
)
def test_a_wrong_call_fails_at_the_start(wrong, kind):
    """Not with the first token, at night."""
    with pytest.raises(kind):
        jwt.Decoder(**{"keys": KEYS, **EXPECTED, **wrong})


def test_it_keeps_no_token():
    """Nothing but the keys' headers is remembered."""
    decode, text = jwt.Decoder(KEYS, **EXPECTED), token()
    claims = decode(text, now=NOW)
    assert decode(text, now=NOW) is not claims
    gc.collect()
    assert sys.getrefcount(text) == 2
    assert "ES256" in repr(decode)
    assert text not in repr(vars(KEYS))
