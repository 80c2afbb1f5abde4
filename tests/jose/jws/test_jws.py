"""Compact JWS: what `sign` writes, the order in which `verify` looks, what it gives back."""

import enum
from types import MappingProxyType

import pytest

from django_jwtkit.errors import AlgorithmRefused, BadSignature, MalformedToken, UnknownKey
from django_jwtkit.jose import Key, KeySet, jws
from django_jwtkit.jose.wire.encoding import b64u_encode
from tests.jose.signing import ALGS, forged, key, public


@pytest.mark.parametrize("alg", ALGS)
@pytest.mark.parametrize("payload", [b"", b"payload", bytes(range(256))], ids=len)
def test_what_was_signed_is_verified(alg, payload):
    """With the header and the key that did it; the token may be octets."""
    text = jws.sign(payload, key(alg), header={"typ": "x"})
    result = jws.verify(text, public(alg), algorithms={alg})
    assert result == jws.verify(text.encode(), public(alg), algorithms=[alg])
    assert (result.payload, result.key) == (payload, public(alg))
    assert result.header == {"alg": alg, "kid": key(alg).kid, "typ": "x"}


def test_a_key_without_a_kid_writes_none():
    """The header has alg alone."""
    nameless = Key.from_dict({"kty": "oct", "alg": "HS256", "k": b64u_encode(bytes(range(32)))})
    text = jws.sign(b"", nameless)
    assert text.startswith(b64u_encode(b'{"alg":"HS256"}') + "..")
    assert jws.verify(text, nameless, algorithms={"HS256"}).header == {"alg": "HS256"}


@pytest.mark.parametrize(
    "header",
    [
        *({"alg": "none"}, {"alg": "HS256"}, {"kid": "other"}),
        *({"crit": ["x"]}, {"b64": False}, {"jku": "x"}, {"jwk": {}}, {"zip": "DEF"}),
        *({"typ": 1}, {"cty": None}, {"x": float("nan")}, {"x": "\ud800"}),
        *({"x": 10**400}, {"x": [[[[[[[[1]]]]]]]]}, {f"x{number}": "" for number in range(256)}),
    ],
    ids=lambda header: str(header)[:40],
)
def test_a_header_that_we_would_not_read_is_not_written(header):
    """A wrong call."""
    with pytest.raises(ValueError):
        jws.sign(b"", key("HS256"), header=header)


def test_a_header_that_goes_on_for_ever_is_not_written():
    """Nor is it a crash."""
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError):
        jws.sign(b"", key("HS256"), header={"x": deep})


@pytest.mark.parametrize(
    "header", ["typ", ["typ"], [("typ", "x")], {1: "x"}, {None: "x"}, {"x": b""}, {"x": {1, 2}}], ids=str
)
def test_a_header_is_a_mapping_of_names_that_json_can_say(header):
    """A name that is no text would become one, and might be another parameter's."""
    with pytest.raises(TypeError):
        jws.sign(b"", key("HS256"), header=header)


def test_a_header_of_any_mapping_is_written():
    """As the same text as that of a dict."""
    header = {"typ": "x", "more": "y"}
    assert jws.sign(b"", key("HS256"), header=MappingProxyType(header)) == jws.sign(
        b"", key("HS256"), header=header
    )


@pytest.mark.parametrize("payload", ["text", None, {}, bytearray(b"x")], ids=repr)
def test_a_payload_is_octets(payload):
    """What they mean is the caller's business."""
    with pytest.raises(TypeError):
        jws.sign(payload, key("HS256"))


@pytest.mark.parametrize("by", [None, "secret", b"secret", {}], ids=repr)
def test_a_token_is_signed_with_a_key(by):
    """Not with what could become one."""
    with pytest.raises(TypeError):
        jws.sign(b"", by)


def test_a_public_key_signs_nothing():
    """It is told so in one line."""
    with pytest.raises(ValueError, match="public key cannot sign"):
        jws.sign(b"", public("ES256"))


@pytest.mark.threat("SIG-007", "KID-021")
def test_verify_looks_in_a_fixed_order():
    """Form, alg, key, the key's alg, and the signature last: each refusal comes before the next look."""
    keys = KeySet([public("ES256"), public("RS256")])
    header = {"kid": "key-ES256"}
    allowed = {"ES256", "RS256"}

    def refusal(text: str) -> type[Exception]:
        with pytest.raises(Exception) as caught:
            jws.verify(text, keys, algorithms=allowed)
        return caught.type

    signed = forged(b"x", alg="ES256", header=header)
    assert refusal(signed + "=") is MalformedToken
    assert refusal(forged(b"x", alg="HS256", header={"kid": "nobody"})) is AlgorithmRefused
    assert refusal(forged(b"x", alg="ES256", header={"kid": "nobody"})) is UnknownKey
    assert refusal(forged(b"x", alg="ES256")) is UnknownKey
    assert refusal(forged(b"x", alg="RS256", header=header)) is AlgorithmRefused
    assert refusal(forged(b"x", alg="ES256", header=header)[:-86] + "A" * 86) is BadSignature


class Name(str, enum.Enum):  # noqa: UP042 - that its str() is not its value is what makes it odd
    """An algorithm as a settings module may have it."""

    ES384 = "ES384"


def test_one_callers_way_to_name_an_algorithm_is_no_other_callers():
    """Equal names share an entry of the cache, whichever type came first."""
    text = jws.sign(b"x", key("ES384"))
    jws.check_known.cache_clear()
    for names in ({Name.ES384}, {"ES384"}, [Name.ES384], ("ES384",)):
        assert jws.verify(text, public("ES384"), algorithms=names)
        assert {type(name) for name in jws.allowed_algorithms(names)} == {str}


@pytest.mark.threat("KEY-001", "KEY-002")
def test_a_key_that_may_not_verify_is_as_good_as_unknown():
    """A token must not get an error out of us that a client never should see."""
    signing_only = Key.from_dict(key("ES256").to_dict(private=True) | {"key_ops": ["sign"]})
    text = jws.sign(b"x", signing_only)
    with pytest.raises(UnknownKey):
        jws.verify(text, signing_only, algorithms={"ES256"})
    assert jws.verify(text, signing_only.public(), algorithms={"ES256"})


@pytest.mark.threat("ALG-020")
@pytest.mark.parametrize("alg", ALGS)
def test_every_way_to_a_result_goes_through_the_signature(alg):
    """The names allowed do not matter where the signature is wrong."""
    text = jws.sign(b"x", key(alg))
    spoilt = text[:-10] + ("A" * 10 if not text.endswith("A" * 10) else "B" * 10)
    with pytest.raises((BadSignature, MalformedToken)):
        jws.verify(spoilt, public(alg), algorithms=ALGS)
