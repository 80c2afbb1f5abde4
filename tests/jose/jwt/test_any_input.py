"""Whatever comes in: a result, or a refusal of ours, and never another exception."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_jwtkit.errors import KeyUnusableError, TokenError
from django_jwtkit.jose import Key, KeySet, jws, jwt, unverified_header
from django_jwtkit.jose.jwa import FITS
from django_jwtkit.jose.wire.encoding import b64u_encode
from django_jwtkit.jose.wire.header import REFUSED
from tests.jose.signing import ALGS, NOW, forged, key, public

KEYS = KeySet([public(alg) for alg in ("HS256", "RS256", "ES256", "Ed25519", "ML-DSA-44")])
EVERYTHING = {*ALGS, "EdDSA"}
MEMBERS = [
    *("kty", "crv", "alg", "use", "key_ops", "kid", "x5c", "ext"),
    *("n", "e", "d", "p", "q", "dp", "dq", "qi", "oth", "x", "y", "k", "pub", "priv"),
]
HEADER = ["alg", "kid", "typ", "cty", "enc", *REFUSED]
CLAIMS = ["exp", "nbf", "iat", "iss", "aud", "sub", "jti", "sid"]

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
names = st.sampled_from(
    [*FITS, "none", "EdDSA", "RSA", "EC", "OKP", "oct", "AKP", "P-256", "Ed25519", "sig", "enc"]
)
base64url = st.binary(max_size=80).map(b64u_encode)
jwk_like = st.dictionaries(st.sampled_from(MEMBERS), values | names | base64url)
real_jwks = st.sampled_from([key(alg).to_dict(private=True) for alg in ALGS])


def raw(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[bytes]:
    """Return the JSON of values, with everything in it that Python's JSON can say."""
    return strategy.map(lambda value: json.dumps(value).encode())


def tried(call: object, *refusals: type[Exception]) -> object:
    """Return what comes out, or None for a refusal of ours; other exceptions fail the test."""
    try:
        return call()
    except refusals:
        return None


def read(text: object) -> None:
    """Give a token to all that reads one."""
    assert tried(lambda: jwt.decode(text, KEYS, algorithms=EVERYTHING), TokenError) is None
    assert tried(lambda: jws.verify(text, KEYS, algorithms=EVERYTHING), TokenError) is None
    tried(lambda: unverified_header(text), TokenError)


@given(st.text() | st.binary() | scalars)
def test_any_text_or_octets_as_a_token(text):
    """Nobody guesses a signature."""
    read(text)


@given(st.lists(base64url | st.text(max_size=10), min_size=2, max_size=6).map(".".join))
def test_any_segments_as_a_token(text):
    """Dots in the right places."""
    read(text)


@given(
    raw(st.dictionaries(st.sampled_from(HEADER), values | names)).map(b64u_encode),
    raw(values).map(b64u_encode),
    base64url,
)
def test_any_header_as_a_token(protected, payload, signature):
    """Well-formed, of the names that mean something."""
    read(f"{protected}.{payload}.{signature}")


@given(
    raw(st.dictionaries(st.sampled_from(CLAIMS), values | st.integers(NOW - 9, NOW + 9)))
    | st.binary(max_size=50)
)
def test_any_payload_soundly_signed(octets):
    """Good claims or a refusal; the claims are those in the octets."""
    text = forged(octets)
    claims = tried(lambda: jwt.decode(text, public("HS256"), algorithms={"HS256"}, now=NOW), TokenError)
    assert claims is None or claims == json.loads(octets)


@given(st.integers(0, 10**6), st.sampled_from(ALGS), st.binary(min_size=1, max_size=3))
def test_any_change_to_a_good_token(place, alg, octets):
    """Some octets written over at some place."""
    good = forged(alg=alg, header={"kid": key(alg).kid}).encode()
    place %= len(good)
    text = good[:place] + octets + good[place + len(octets) :]
    result = tried(lambda: jws.verify(text, public(alg), algorithms={alg}), TokenError)
    assert (result is None) == (text != good)


@given(values | jwk_like)
def test_any_value_as_a_jwk(jwk):
    """A key of that very JWK, or a refusal."""
    item = tried(lambda: Key.from_dict(jwk), KeyUnusableError)
    if item is not None:
        assert item.to_dict(private=item.private)["kty"] == jwk["kty"]


@given(
    real_jwks, st.dictionaries(st.sampled_from(MEMBERS), values | names | base64url, min_size=1, max_size=2)
)
def test_any_change_to_a_good_jwk(jwk, changes):
    """A key that still fits itself, or a refusal."""
    item = tried(lambda: Key.from_dict(jwk | changes), KeyUnusableError)
    if item is not None:
        text = tried(lambda: jws.sign(b"x", item), KeyUnusableError)
        assert (
            text is None
            or tried(lambda: jws.verify(text, item, algorithms={item.alg}), TokenError)
            or item.key_ops
        )


@given(values | st.fixed_dictionaries({"keys": st.lists(jwk_like | values, max_size=4)}))
def test_any_value_as_a_jwk_set(jwks):
    """A set, or a refusal."""
    tried(lambda: KeySet.from_dict(jwks, alg="RS256"), KeyUnusableError)


PEMS = [
    key(alg).to_pem(private=private) for alg in ("RS256", "ES256", "Ed25519") for private in (True, False)
]


@given(
    st.text()
    | st.binary()
    | scalars
    | st.binary().map(lambda body: b"-----BEGIN PUBLIC KEY-----\n" + body + b"\n-----END PUBLIC KEY-----"),
    st.sampled_from([*FITS]),
    st.none() | st.text(max_size=5) | st.binary(max_size=5),
)
def test_any_text_or_octets_as_a_pem(pem, alg, password):
    """No key comes out of noise."""
    assert tried(lambda: Key.from_pem(pem, alg=alg, password=password), KeyUnusableError) is None


@given(
    st.sampled_from(PEMS), st.integers(0, 10**6), st.binary(min_size=1, max_size=3), st.sampled_from([*FITS])
)
def test_any_change_to_a_good_pem(pem, place, octets, alg):
    """A key of that algorithm, or a refusal."""
    place %= len(pem)
    item = tried(lambda: Key.from_pem(pem[:place] + octets + pem[place + 1 :], alg=alg), KeyUnusableError)
    assert item is None or item.alg == alg


@given(st.dictionaries(st.text(max_size=5) | st.sampled_from(CLAIMS), values))
def test_any_claims_to_be_encoded(claims):
    """Every token that is written can be read back; all else is a wrong call."""
    text = tried(lambda: jwt.encode(claims, key("HS256")), ValueError, TypeError)
    if text is not None:
        result = jws.verify(text, public("HS256"), algorithms={"HS256"})
        assert json.loads(result.payload) == claims


@pytest.mark.parametrize("alg", ALGS)
def test_the_token_that_these_tests_change_is_good(alg):
    """Else they would prove nothing."""
    assert jws.verify(forged(alg=alg, header={"kid": key(alg).kid}), public(alg), algorithms={alg})
