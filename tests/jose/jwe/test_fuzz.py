"""JWE against anything at all: a result or a refusal of ours, never another exception."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from django_jwtkit.errors import TokenError
from django_jwtkit.jose import jwe
from django_jwtkit.jose.wire.encoding import b64u_encode
from tests.jose.encryption import ALL, PAIRS, case, joined, opened, parts

KEYS = [case(alg).key for alg in ("dir", "A128KW", "A256GCMKW", "RSA-OAEP", "ECDH-ES")] + [
    case("ECDH-ES+A256KW", "X25519").key,
    case("ECDH-ES", "P-521").key,
]
TOKENS = [
    jwe.encrypt(b"secret", way.key, enc=way.enc) for way in PAIRS if way.alg in {key.alg for key in KEYS}
]
NAMES = [*sorted(ALL["algorithms"] | ALL["encryptions"]), "P-256", "X25519", "EC", "OKP", "AAAA", "", "none"]
MEMBERS = [
    "alg",
    "enc",
    "kid",
    "epk",
    "apu",
    "apv",
    "iv",
    "tag",
    "cty",
    "typ",
    "zip",
    "crit",
    "p2c",
    "crv",
    "x",
    "y",
    "kty",
]

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(NAMES)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS) | st.text(), inner, max_size=5)
    ),
    max_leaves=12,
)
headers = st.dictionaries(st.sampled_from(MEMBERS), values, max_size=8)
segments = st.lists(st.binary(max_size=64), min_size=4, max_size=4)
quick = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def survives(text, key):
    """Whether the token was refused; anything but a refusal of ours fails the test."""
    try:
        jwe.decrypt(text, key, **ALL)
    except TokenError:
        return True
    return False


@given(st.text() | st.binary() | st.text(alphabet="abcABC012-_.=", max_size=200), st.sampled_from(KEYS))
@quick
def test_any_text(text, key):
    """Nobody guesses a token."""
    assert survives(text, key)


@given(headers, segments, st.sampled_from(KEYS))
@quick
def test_any_header(header, rest, key):
    """JSON of every shape, where it is sound JSON and where it is not (NaN, surrogates)."""
    octets = json.dumps(header).encode()
    assert survives(joined(octets, rest), key)


@given(headers, st.sampled_from(TOKENS), st.sampled_from(KEYS))
@quick
def test_a_sound_token_with_other_header_parameters(changes, text, key):
    """The AAD covers the header: nothing that is changed or added passes; unchanged, one key opens it."""
    header, rest = parts(text)
    changed = json.dumps({**header, **changes}, separators=(",", ":")).encode()
    if joined(changed, rest) != text:
        assert survives(joined(changed, rest), key)
        return
    for way in (way for way in PAIRS if way.key.kid == header["kid"]):
        assert opened(text, way.key) == b"secret"


@given(st.sampled_from(TOKENS), st.integers(0, 4), st.binary(max_size=80), st.sampled_from(KEYS))
@quick
def test_a_sound_token_with_another_segment(text, place, octets, key):
    """Of any length, in any of the five places."""
    pieces = text.split(".")
    if pieces[place] != b64u_encode(octets):
        assert survives(".".join([*pieces[:place], b64u_encode(octets), *pieces[place + 1 :]]), key)


@given(
    st.binary(max_size=300),
    st.sampled_from(KEYS),
    st.dictionaries(st.text(max_size=8), st.text(), max_size=3),
)
@quick
def test_what_goes_in_comes_out(plaintext, key, extra):
    """Any plaintext, with any header that `encrypt` agrees to write."""
    enc = "A256GCM"
    try:
        text = jwe.encrypt(plaintext, key, enc=enc, header=extra)
    except ValueError:
        return
    assert opened(text, key) == plaintext
