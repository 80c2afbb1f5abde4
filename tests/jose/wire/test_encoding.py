"""The one strict parser: base64url, JSON, dots and lengths."""

import base64
import itertools
import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_jwtkit.errors import ClaimError, MalformedToken, TokenError
from django_jwtkit.jose import jwt
from django_jwtkit.jose.wire.encoding import (
    MAX_DEPTH,
    MAX_DIGITS,
    MAX_MEMBERS,
    _parse,
    b64u_decode,
    b64u_encode,
    dumps,
    loads,
    split,
)
from tests.jose.signing import NOW, decoded, forged, key, raw, sealed

ALPHABET = string.ascii_letters + string.digits + "-_"
TEXT = st.text(st.characters(codec="utf-8"))
NUMBERS = st.integers(-(10**300), 10**300) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)


@given(st.binary(max_size=100))
def test_octets_come_back_from_base64url(octets):
    """And look as the standard library has them, without padding."""
    text = b64u_encode(octets)
    assert text == base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
    assert b64u_decode(text) == b64u_decode(text.encode()) == octets


@given(st.text(ALPHABET, max_size=12))
def test_octets_have_one_spelling(text):
    """What decodes at all encodes to the very same text."""
    try:
        octets = b64u_decode(text)
    except MalformedToken:
        return
    assert b64u_encode(octets) == text


BAD_SEGMENTS = [
    *("QQ==", "QQ=", "=", "==", "QUI=QUI", "QQ%3D"),  # padding
    *("QQ\n", " QQ", "QQ ", "Q Q", "QQ\x00", "QQ.", "+w", "/w", "Q٤", "QQé", "\ufeffQQ"),  # another alphabet
    *("QR", "QUJ"),  # trailing bits that are not zero
    *("Q", "QUJDR"),  # no octets have this length
]


@pytest.mark.threat("B64-001")
@pytest.mark.parametrize("segment", BAD_SEGMENTS, ids=ascii)
def test_what_is_not_canonical_base64url_is_malformed(segment):
    """Padding, white space, the other alphabet, junk, trailing bits, a length that no octets have."""
    with pytest.raises(MalformedToken):
        b64u_decode(segment)


@pytest.mark.threat("B64-002", "B64-003")
@pytest.mark.parametrize("part", [0, 1])
@pytest.mark.parametrize("ending", ["=", "==", "\n", "trailing bits"], ids=ascii)
def test_a_segment_that_is_not_canonical_is_malformed_even_signed(part, ending):
    """The signature is over the text, so it would hold."""
    segments = [raw({"alg": "HS256", "x": ""}), raw({"exp": NOW + 9, "sub": "4"})]
    assert [len(segment) % 4 for segment in segments] == [2, 2]  # so there are four bits to spoil
    good = segments[part]
    segments[part] = good[:-1] + chr(ord(good[-1]) + 1) if ending == "trailing bits" else good + ending
    with pytest.raises(MalformedToken, match="base64url"):
        decoded(sealed(*segments))


@pytest.mark.threat("B64-004")
def test_a_signature_has_one_spelling():
    """So that nobody gets a second text for one token, past a list that knows the first."""
    good = forged()
    for last in ALPHABET:
        if last != good[-1]:
            with pytest.raises(TokenError):
                decoded(good[:-1] + last)
    assert decoded(good)


@given(st.dictionaries(TEXT, JSON, max_size=4))
def test_what_we_write_we_read(members):
    """Compact JSON in UTF-8."""
    octets = dumps(members)
    assert loads(octets) == members == json.loads(octets)


@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_octets_are_an_object_or_malformed(octets):
    """Never another exception; and never more than the standard library sees."""
    try:
        value = loads(octets)
    except MalformedToken:
        return
    assert value == json.loads(octets)


PIECES = [
    *('"a":1', '"a" :1', '"\\u0061":1', '"\\ud800":1', '"":0', '":":":"', '"é":"😀"', '"b":-0', '"c":-0.0'),
    *('"d":1E400', '"d":NaN', '"d":01', '"d":{}', f'"d":{"[" * 8}{"]" * 8}', '"d":"{"', '"d":"}"'),
    *('"d":"\0"', ",", ":", '"', "\\", "{", "}", " ", "\n", "\x0b", "\xa0", "\ufeff"),
]


@pytest.mark.parametrize("shape", ["{%s%s%s}", "%s{%s}%s"])
def test_the_quick_way_and_the_strict_way_read_the_same(shape):
    """A short text of one plain object is read without our hooks: nobody can tell from what comes out."""
    for pieces in itertools.product(["", *PIECES], repeat=3):
        octets = (shape % pieces).encode()
        assert outcome(loads, octets) == outcome(_parse, octets), octets


def outcome(read, octets):
    """What `read` makes of `octets`, written out (True is 1 and -0.0 is 0 otherwise), or that it refuses."""
    try:
        value = read(octets)
    except (MalformedToken, ValueError):
        return "refused"
    return repr(value) if isinstance(value, dict) else "refused"


@pytest.mark.parametrize("space", [" ", "\n", "\t", "\r\n"], ids=ascii)
def test_white_space_around_an_object_is_json(space):
    """RFC 8259 §2; a short object is no other than a long one."""
    for text in ("{}", '{"a":1}', '{"a":"%s"}' % ("x" * 400), '{"a":{}}'):
        assert loads(f"{space}{text}{space}".encode()) == loads(f"{space}{text}".encode()) == json.loads(text)


BAD_JSON = {
    "payload []": (b"[]", pytest.mark.threat("JSON-001", "JSON-040")),
    "payload text": (b'"x"', pytest.mark.threat("JSON-002", "JSON-042")),
    "payload number": (b"1", pytest.mark.threat("JSON-003")),
    "payload null": (b"null", pytest.mark.threat("JSON-004", "JSON-041")),
    "payload true": (b"true", pytest.mark.threat("JSON-005")),
    "empty": (b"", pytest.mark.threat("JSON-006", "JSON-048")),
    "truncated": (b'{"exp": 18', pytest.mark.threat("JSON-008", "JSON-043")),
    "trailing garbage": (b'{"alg": "HS256"} x', pytest.mark.threat("JSON-009")),
    "two documents": (b'{"alg": "HS256"}{"alg": "HS256"}', pytest.mark.threat("JSON-010")),
    "BOM": (b'\xef\xbb\xbf{"alg": "HS256"}', pytest.mark.threat("JSON-011", "JSON-044")),
    "UTF-16": ('{"alg": "HS256"}'.encode("utf-16"), pytest.mark.threat("JSON-012", "JSON-046")),
    "UTF-32": ('{"alg": "HS256"}'.encode("utf-32"), pytest.mark.threat("JSON-013")),
    "bad UTF-8": (b'{"alg": "HS256", "x": "\xff"}', pytest.mark.threat("JSON-014", "JSON-047")),
    "a surrogate in UTF-8": (b'{"alg": "HS256", "x": "\xed\xa0\x80"}', pytest.mark.threat("JSON-015")),
    "a lone surrogate": (rb'{"alg": "HS256", "x": "\ud800"}', pytest.mark.threat("JSON-016", "JSON-045")),
    "a lone surrogate as name": (rb'{"alg": "HS256", "\uDFFF": 1}', pytest.mark.threat("JSON-016")),
    "a raw control character": (b'{"alg": "HS256", "x": "\n"}', pytest.mark.threat("JSON-017")),
    "a trailing comma": (b'{"alg": "HS256",}', pytest.mark.threat("JSON-018")),
    "single quotes": (b"{'alg': 'HS256'}", pytest.mark.threat("JSON-019")),
    "a comment": (b'{"alg": "HS256" /* x */}', pytest.mark.threat("JSON-020")),
    "NaN": (b'{"alg": "HS256", "x": NaN}', pytest.mark.threat("JSON-021", "TIME-020")),
    "Infinity": (b'{"alg": "HS256", "exp": Infinity}', pytest.mark.threat("TIME-021")),
    "-Infinity": (b'{"alg": "HS256", "exp": -Infinity}', pytest.mark.threat("TIME-022")),
    "1e400": (b'{"alg": "HS256", "exp": 1e400}', pytest.mark.threat("TIME-023")),
    "1e999999": (b'{"alg": "HS256", "exp": 1e999999}', pytest.mark.threat("TIME-024")),
    "hexadecimal": (b'{"alg": "HS256", "exp": 0x7fffffff}', pytest.mark.threat("TIME-025")),
    "underscores": (b'{"alg": "HS256", "exp": 1_900_000_000}', pytest.mark.threat("TIME-028")),
    "5000 digits": (b'{"alg": "HS256", "exp": 1' + b"0" * 5000 + b"}", pytest.mark.threat("TIME-030")),
    "10^400": (b'{"alg": "HS256", "exp": 1' + b"0" * 400 + b"}", pytest.mark.threat("TIME-011")),
    "alg twice": (b'{"alg": "HS256", "alg": "none"}', pytest.mark.threat("DUP-001")),
    "kid twice": (b'{"alg": "HS256", "kid": "a", "kid": "b"}', pytest.mark.threat("DUP-002")),
    "sub twice": (b'{"alg": "HS256", "sub": "1", "sub": "2"}', pytest.mark.threat("DUP-003")),
    "exp twice": (b'{"alg": "HS256", "exp": 1, "exp": 2}', pytest.mark.threat("DUP-004")),
    "twice within": (b'{"alg": "HS256", "x": [{"y": {"a": 1, "a": 1}}]}', pytest.mark.threat("DUP-005")),
    "twice in disguise": (rb'{"alg": "HS256", "sub": "1", "s\u0075b": "2"}', pytest.mark.threat("DUP-006")),
    "too many members": (
        dumps({"alg": "HS256"} | {f"m{i}": 0 for i in range(256)}),
        pytest.mark.threat("JSON-061"),
    ),
}


@pytest.mark.parametrize(
    "octets", [pytest.param(bad, id=name, marks=mark) for name, (bad, mark) in BAD_JSON.items()]
)
@pytest.mark.parametrize("place", ["header", "payload"])
def test_bad_json_is_malformed_wherever_it_stands(octets, place):
    """In the header before any key is looked for; in the payload although the signature is good."""
    text = forged(header=octets) if place == "header" else forged(octets)
    with pytest.raises(MalformedToken):
        decoded(text)


@pytest.mark.threat("JSON-007")
def test_an_empty_claims_set_is_refused_as_a_claims_set():
    """It is JSON, and lacks everything."""
    with pytest.raises(ClaimError):
        decoded(forged(b"{}"))


@pytest.mark.threat("JSON-060")
def test_claims_that_look_like_attributes_are_just_claims():
    """They live in a plain dict."""
    shadows = dict.fromkeys(["__class__", "__proto__", "constructor", "keys", "items"], "x")
    claims = decoded(forged({"exp": NOW + 9} | shadows))
    assert type(claims) is dict
    assert claims == {"exp": NOW + 9} | shadows


def test_as_many_members_as_allowed_are_read():
    """The bound is inclusive."""
    full = {f"m{i}": i for i in range(MAX_MEMBERS)}
    assert loads(dumps(full)) == full


def test_the_longest_integers_fit_a_float():
    """So whoever converts a claim has no OverflowError."""
    number = 10 ** (MAX_DIGITS - 1)
    assert loads(dumps({"n": number})) == {"n": number}
    assert float(number)
    with pytest.raises(MalformedToken):
        loads(dumps({"n": number * 10}))


def nested(depth: int, brackets: str) -> bytes:
    """Return an object `depth` deep."""
    opening, closing = ('{"a":', "}") if brackets == "{}" else ("[", "]")
    return ('{"a":' + opening * (depth - 1) + "1" + closing * (depth - 1) + "}").encode()


@pytest.mark.parametrize("brackets", ["{}", "[]"])
def test_nesting_is_read_to_the_allowed_depth_and_not_beyond(brackets):
    """The Claims Set itself is the first layer."""
    assert loads(nested(MAX_DEPTH, brackets))
    with pytest.raises(MalformedToken, match="deep"):
        loads(nested(MAX_DEPTH + 1, brackets))


@pytest.mark.threat("DOS-001", "DOS-002")
@pytest.mark.parametrize("depth", [1_000, 50_000, 100_000])
def test_deep_nesting_never_reaches_the_recursion_of_json(depth):
    """Whatever the length that the caller allows, whichever segment it is in, signed or not."""
    header = b'{"alg":"HS256","x":' + b"[" * depth + b"]" * depth + b"}"
    for text in (forged(nested(depth, "{}")), forged(header=header)):
        with pytest.raises(MalformedToken):
            decoded(text)
        with pytest.raises(MalformedToken):
            decoded(text, max_length=10**7)


@pytest.mark.parametrize(
    "text", ["[[[[[[[[[[[[", '"[[[[[[[[[[[[', '\\"[[[[[[[[[[[[', "\\\\{{{{{{{{{{{{", "]]]]}}}}[[[["]
)
def test_brackets_in_text_are_no_nesting(text):
    """Quotes and backslashes before them do not confuse the count."""
    members = {"a": text, "b": [{}, {}, {}, {}, {}, {}, {}, {}, {}], text: 1}
    assert loads(dumps(members)) == members


@given(st.text('[]{}"\\a:1, ', max_size=40))
def test_the_depth_scan_refuses_nothing_that_is_flat(text):
    """Any text within JSON is read."""
    members = {"x": text, "pad": [[], [], [], [], [], [], [], []]}
    assert loads(dumps(members)) == members


@pytest.mark.threat("DOS-003", "DOS-004", "DOS-005", "DOS-006", "DOS-007", "EC-005")
@pytest.mark.parametrize(
    "text",
    [
        forged({f"c{i}": i for i in range(20_000)}),
        forged({"exp": NOW + 9, "x": "x" * 10**6}),
        "." * 10**6,
        "a" * 10**6,
        forged(b'{"exp": ' + b"1" * 100_000 + b"}"),
        forged() + "A" * 16_384,
    ],
    ids=["20,000 claims", "1 MB payload", "dots", "no dots", "100,000 digits", "a 16 KiB signature"],
)
def test_long_tokens_are_refused_by_their_length_alone(text):
    """Before they are cut in pieces."""
    with pytest.raises(MalformedToken, match="longer than 8192"):
        decoded(text)


def test_the_length_limit_is_inclusive_and_the_callers():
    """8192 characters by default."""
    text = forged({"exp": NOW + 9, "x": "x"})
    assert decoded(text, max_length=len(text))
    with pytest.raises(MalformedToken):
        decoded(text, max_length=len(text) - 1)


@pytest.mark.threat("SER-001", "SER-002")
@pytest.mark.parametrize("text", ["", "a", "a.b", "a.b.c.d", "a.b.c.d.e", "..", "....", "a..", ".a.", "..a"])
def test_a_jws_has_three_parts_with_something_in_them(text):
    """Any other number of dots is malformed; so is an empty header."""
    with pytest.raises(MalformedToken):
        decoded(text)


@pytest.mark.threat("DOS-005")
def test_many_dots_are_counted_not_split():
    """A list of a million pieces would cost more memory than the token."""
    with pytest.raises(MalformedToken, match="3 parts"):
        split("." * 10**6, 3, max_length=10**7)


@pytest.mark.threat("SER-014")
@pytest.mark.parametrize(
    "text", [None, 1, 1.5, True, [], {}, bytearray(b"a.b.c"), memoryview(b"a.b.c"), object()]
)
def test_what_is_neither_text_nor_octets_is_malformed(text):
    """A token error, not a crash: frameworks hand over anything."""
    with pytest.raises(MalformedToken):
        decoded(text)


@pytest.mark.threat("SER-014")
def test_text_octets_and_subclasses_of_text_are_one_token():
    """As a str from a header, as bytes from a socket, as a safe string from a template."""

    class Text(str):
        """A str of somebody else's."""

    text = forged()
    assert decoded(text) == decoded(text.encode()) == decoded(Text(text))


@pytest.mark.threat("SER-003")
@pytest.mark.parametrize(
    "spoil", ["Bearer {}", "{} ", " {}", "{}\n", "\ufeff{}", "{}\x00", "{}é", "{}٤", '"{}"']
)
def test_nothing_stands_around_a_token(spoil):
    """No scheme, no white space, no quotes, no BOM."""
    with pytest.raises(MalformedToken):
        decoded(spoil.format(forged()))


@pytest.mark.threat("SER-010", "SER-011", "SER-012", "SER-013", "ALG-017", "CRIT-022", "DOS-012")
def test_the_json_serialisations_are_not_read():
    """Flattened, general, with empty signatures, as a polyglot with two dots, with 10,000 signatures."""
    protected, payload, signature = forged().split(".")
    entry = {"protected": protected, "signature": signature}
    forms = [
        {"payload": payload, **entry},
        {"payload": payload, "signatures": [entry]},
        {"payload": payload, "signatures": []},
        {"payload": payload, "header": {"alg": "HS256"}, "signature": signature},
        {"payload": payload, "header": {"crit": ["x"]}, **entry},
        {"payload": payload, **entry, "x": f".{payload}."},
        {"payload": payload, "signatures": [entry] * 10_000},
    ]
    for form in forms:
        for text in (json.dumps(form), json.dumps(form).replace(" ", "")):
            with pytest.raises(MalformedToken):
                decoded(text, max_length=10**7)


def test_our_tokens_are_within_the_limit():
    """Even the largest signature, of ML-DSA-87, leaves room in 8 KiB."""
    assert len(jwt.encode({"exp": NOW}, key("ML-DSA-87"))) < 8192
