"""The examples of the RFCs, one test id a vector: signatures, keys, thumbprints."""

import json
from collections.abc import Iterator

import pytest

from django_jwtkit.errors import KeyUnusableError, MalformedToken, TokenError, TokenExpired
from django_jwtkit.jose import Key, KeySet, jws, jwt
from django_jwtkit.jose.jwa.signatures import ALGORITHMS
from django_jwtkit.jose.wire.encoding import b64u_decode, b64u_encode
from tests.jose.signing import ALGS
from tests.support import vectors

DETERMINISTIC = ("HS", "RS", "Ed")
EVERYTHING = {*ALGS, "EdDSA"}


def from_example(jwk: dict[str, object], alg: str) -> Key:
    """Return the key of an example; some of their kids have spaces, which we refuse."""
    return Key.from_dict(jwk, alg=alg, kid="example")


def verified(text: str, key: Key, alg: str) -> bytes:
    """Return the payload; the kid of an example is for people."""
    return jws.verify(text, Key.from_dict(without_kid(key)), algorithms={alg}).payload


def without_kid(key: Key) -> dict[str, object]:
    """Return the JWK without its name."""
    jwk = key.to_dict(private=key.private)
    return {name: value for name, value in jwk.items() if name != "kid"}


@pytest.mark.parametrize(
    "vector", vectors.appendices("jws-compact", expect="valid", without=("rfc7797-4.1",))
)
def test_the_appendices_of_rfc_7515_and_8037_verify(vector):
    """And where the algorithm draws no dice, our own signature is theirs."""
    key = from_example(vector["key"], vector["alg"])
    assert verified(vector["compact"], key, vector["alg"]) == b64u_decode(vector["payload_b64u"])
    if vector.get("deterministic") and vector["alg"].startswith(DETERMINISTIC):
        assert resigned(vector["compact"], key) == vector["compact"]


def resigned(text: str, key: Key) -> str:
    """Return the token with our own signature over its first two segments."""
    signing_input = text.rpartition(".")[0]
    return (
        f"{signing_input}.{b64u_encode(ALGORITHMS[key.alg].sign(key.native_private, signing_input.encode()))}"
    )


def test_rfc_7797_without_its_extension_is_a_plain_jws():
    """§4.1 is the ordinary form of the same message."""
    vector = vectors.appendix("rfc7797-4.1")
    assert verified(vector["compact"], from_example(vector["key"], "HS256"), "HS256") == b"$.02"


@pytest.mark.threat("ALG-001")
@pytest.mark.parametrize(
    "vector",
    [
        *vectors.appendices("jws-compact", expect="reject"),
        *vectors.appendices("jws-detached-b64false"),
    ],
)
def test_unsecured_and_unencoded_examples_are_refused(vector):
    """RFC 7515 appendix A.5 and E, RFC 7797 §4.2."""
    with pytest.raises(TokenError):
        jws.verify(vector["compact"], Key.generate("HS256"), algorithms=EVERYTHING)


@pytest.mark.threat("SER-010", "SER-011")
@pytest.mark.parametrize("vector", vectors.appendices("jws-general-json", "jws-flattened-json"))
def test_examples_in_the_json_serialisations_are_refused(vector):
    """Compact is the one form of a JWT."""
    with pytest.raises(MalformedToken):
        jws.verify(json.dumps(vector["json"]), Key.generate("HS256"), algorithms=EVERYTHING)


@pytest.mark.parametrize("vector", vectors.appendices("jwt-hs256"))
def test_the_example_of_rfc_7519_has_expired(vector):
    """§3.1: sound, and long ago."""
    nameless = Key.from_dict(without_kid(from_example(vector["key"], "HS256")))
    assert jwt.decode(vector["compact"], nameless, algorithms={"HS256"}, now=1300819379) == vector["claims"]
    with pytest.raises(TokenExpired):
        jwt.decode(vector["compact"], nameless, algorithms={"HS256"}, now=1300819380)


@pytest.mark.parametrize("vector", vectors.appendices("jwk-thumbprint", "jwk-thumbprint-uri"))
def test_thumbprints(vector):
    """RFC 7638 §3.1, RFC 8037 A.3, RFC 9278 §4."""
    wanted = vector.get("thumbprint_sha256") or vector["uri"].rpartition(":")[2]
    assert (
        Key.from_dict(vector["jwk"]).thumbprint()
        == Key.from_dict(vector["jwk"]).public().thumbprint()
        == wanted
    )


def members(vector: dict[str, object]) -> Iterator[dict[str, object]]:
    """Yield the JWKs of an example, each with an algorithm: the RFC leaves it out of some."""
    for jwk in vector["jwks"]["keys"]:
        fallback = {"EC": "ECDH-ES", "RSA": "RS256", "oct": "HS256"}[jwk["kty"]]
        yield {"alg": fallback, **jwk, "kid": jwk.get("kid", "none").replace(" ", "-")}


@pytest.mark.parametrize("vector", vectors.appendices("jwks", "jwks-private", "jwks-symmetric"))
def test_the_jwk_sets_of_rfc_7517_are_read(vector):
    """Appendix A; each member comes out as it went in."""
    keys = KeySet.from_dict({"keys": list(members(vector))})
    for key, jwk in zip(keys, members(vector), strict=True):
        assert key.to_dict(private=key.private).items() >= jwk.items()


def test_the_public_half_of_appendix_a2_is_appendix_a1():
    """The public part of the private set."""
    private, public = vectors.appendix("rfc7517-A.2"), vectors.appendix("rfc7517-A.1")
    published = KeySet.from_dict({"keys": list(members(private))}).to_dict()
    assert published == KeySet.from_dict({"keys": list(members(public))}).to_dict()


@pytest.mark.parametrize("vector", vectors.appendices("jwk"))
def test_a_certificate_in_a_jwk_is_passed_over(vector):
    """RFC 7517 appendix B."""
    key = Key.from_dict(vector["jwk"], alg="RS256")
    assert (key.kid, "x5c" in key.to_dict()) == ("1b94c", False)


@pytest.mark.parametrize("example", vectors.cookbook("jwk/*.json"))
def test_the_keys_of_the_cookbook_are_read(example):
    """RFC 7520 §3."""
    jwk = dict(example)
    alg = {"EC": "ES512", "RSA": "RS256", "oct": jwk.get("alg")}[jwk["kty"]]
    if (
        alg == "A256GCM"
    ):  # §3.6 names what the key does to content, where we name how a token's key is managed
        alg = jwk["alg"] = "dir"
    key = Key.from_dict(jwk, alg=alg)
    assert key.to_dict(private=key.private).items() >= jwk.items()


@pytest.mark.parametrize("example", vectors.cookbook("jws/4_[1-4].*.json", "curve25519/jws.json"))
def test_the_compact_signatures_of_the_cookbook_verify(example):
    """RFC 7520 §4.1 to §4.4; and RFC 8037's, with the older name EdDSA."""
    alg = example["input"]["alg"]
    key = Key.from_dict(example["input"]["key"], alg=alg)
    text = example["output"]["compact"]
    signed = jws.verify(text, key, algorithms={alg})
    assert signed.payload == example["input"]["payload"].encode()
    assert signed.header == example["signing"]["protected"]
    if example.get("reproducible"):
        assert resigned(text, key) == text


@pytest.mark.threat("SER-010", "SER-011", "CRIT-023")
@pytest.mark.parametrize("example", vectors.cookbook("jws/4_[5-8].*.json", "rfc7797/*.json"))
def test_the_other_forms_of_the_cookbook_are_refused(example):
    """Detached, unencoded, or in JSON (RFC 7520 §4.5 to §4.8)."""
    key = Key.generate("HS256")
    for output in example["output"].values():
        text = output if isinstance(output, str) else json.dumps(output)
        with pytest.raises(TokenError):
            jws.verify(text, key, algorithms=EVERYTHING)


@pytest.mark.parametrize("alg", ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"])
def test_the_examples_of_rfc_9964(alg):
    """The key from its seed, its thumbprint, the signature in the token and the raw one."""
    vector = vectors.read(f"mldsa_jose/{alg.replace('-', '_')}.jose.json")
    key = Key.from_dict(vector["jwk"])
    assert key.private
    assert (key.alg, key.kty, key.thumbprint()) == (alg, "AKP", vector["jwk"]["kid"])
    assert jws.verify(vector["jws"], key.public(), algorithms={alg}).payload.startswith(
        b"It\xe2\x80\x99s a dangerous"
    )
    assert vector["jws"].rpartition(".")[0].encode() == bytes.fromhex(vector["raw_to_be_signed"])
    raw = bytes.fromhex(vector["raw_signature"])
    assert ALGORITHMS[alg].verify(key.native_public, bytes.fromhex(vector["raw_to_be_signed"]), raw)
    assert bytes.fromhex(vector["raw_public_key"]) == b64u_decode(key.to_dict()["pub"])
    with pytest.raises(KeyUnusableError):
        Key.from_dict(vector["jwk"] | {"priv": b64u_encode(b"\1" * 32)})
