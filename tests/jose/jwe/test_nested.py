"""Nested JWTs (RFC 7519 §5.2): a token that was only encrypted is nobody's word."""

import time

import pytest

from django_jwtkit.errors import BadSignature, MalformedToken, TokenError
from django_jwtkit.jose import jwe, jws, jwt
from django_jwtkit.jose.jwk.key import Key
from django_jwtkit.jose.wire.encoding import b64u_encode, dumps
from tests.jose.encryption import PAIRS, case

SIGNER = Key.generate("ES256")


def claims():
    """Return a good Claims Set."""
    return {"sub": "1", "exp": int(time.time()) + 60}


def nested(inner, way, **header):
    """Return `inner` encrypted, with `cty: JWT` unless told otherwise."""
    text = inner.encode() if isinstance(inner, str) else inner
    return jwe.encrypt(text, way.key, enc=way.enc, header={"cty": "JWT", **header})


def decode(text, way):
    """Read as a caller does who demands both layers."""
    return jwt.decode(text, SIGNER.public(), algorithms={"ES256"}, decrypt_with=way.key)


@pytest.mark.parametrize("way", PAIRS, ids=str)
def test_signed_then_encrypted_is_read(way):
    """Both layers, by every alg and enc."""
    sent = claims()
    assert decode(jwt.encode(sent, SIGNER, encrypt_to=way.key, enc=way.enc), way) == sent


@pytest.mark.threat("JWE-001", "JWE-004", "JWE-013")
@pytest.mark.parametrize("alg", ["RSA-OAEP", "ECDH-ES", "dir", "A256KW"])
@pytest.mark.parametrize("header", [{}, {"cty": "json"}, {"cty": ""}], ids=str)
def test_encrypted_claims_are_no_credential(alg, header):
    """Anybody has our public key, and a symmetric one proves no signature either."""
    way = case(alg)
    for inner in (dumps(claims()), b64u_encode(dumps(claims())).encode(), b"", b".."):
        with pytest.raises(MalformedToken):
            decode(nested(inner, way, **header), way)


@pytest.mark.threat("JWE-002")
@pytest.mark.parametrize("alg", ["none", "None", "NONE", ""])
def test_an_unsigned_token_inside_is_refused(alg):
    """The inner token passes the same strict verifier as any other."""
    inner = f"{b64u_encode(dumps({'alg': alg}))}.{b64u_encode(dumps(claims()))}."
    with pytest.raises(TokenError):
        decode(nested(inner, case("RSA-OAEP")), case("RSA-OAEP"))


@pytest.mark.threat("JWE-002")
def test_a_strangers_signature_inside_is_refused():
    """Encrypting to us proves nothing about who signed."""
    inner = jwt.encode(claims(), Key.from_dict(Key.generate("ES256").to_dict(private=True), kid=SIGNER.kid))
    with pytest.raises(BadSignature):
        decode(nested(inner, case("ECDH-ES")), case("ECDH-ES"))


@pytest.mark.threat("JWE-004")
@pytest.mark.parametrize("cty", [None, "json", "JWE", "", "JWT+x"])
def test_the_content_type_must_say_jwt(cty):
    """If it is missing or another, the content was not meant as a token."""
    way, inner = case("A256KW"), jwt.encode(claims(), SIGNER).encode()
    header = {} if cty is None else {"cty": cty}
    with pytest.raises(MalformedToken):
        decode(jwe.encrypt(inner, way.key, header=header), way)


@pytest.mark.threat("JWE-003", "JWE-013")
def test_a_signed_token_alone_is_refused_where_encryption_is_demanded():
    """And an encrypted one where it is not: the reader fixes the layers, not the token."""
    way = case("A256KW")
    with pytest.raises(MalformedToken):
        decode(jwt.encode(claims(), SIGNER), way)
    with pytest.raises(MalformedToken):
        jwt.decode(jwt.encode(claims(), SIGNER, encrypt_to=way.key), SIGNER.public(), algorithms={"ES256"})


@pytest.mark.threat("JWE-005")
def test_claims_repeated_in_the_outer_header_count_for_nothing():
    """RFC 7519 §5.3 lets a sender repeat some in clear; only those that are signed are read."""
    way, sent = case("A256KW"), claims()
    text = nested(jwt.encode(sent, SIGNER), way, iss="https://evil.example", sub="admin", aud="x")
    assert decode(text, way) == sent


@pytest.mark.threat("NEST-001")
def test_a_token_inside_a_signed_token_is_not_unwrapped():
    """`cty: JWT` in a JWS promises a token as its payload; a Claims Set is what we read there."""
    inner = jwt.encode(claims(), SIGNER)
    with pytest.raises(TokenError):
        jwt.decode(
            jws.sign(inner.encode(), SIGNER, header={"cty": "JWT"}), SIGNER.public(), algorithms={"ES256"}
        )


@pytest.mark.threat("NEST-002", "DOS-011")
@pytest.mark.parametrize("depth", [2, 3, 12])
def test_only_one_layer_is_decrypted(depth):
    """A token in a token in a token: the second envelope is no JWS."""
    way = case("dir")
    text = jwt.encode(claims(), SIGNER)
    for _ in range(depth):
        text = nested(text, way)
    with pytest.raises(MalformedToken):
        jwt.decode(text, SIGNER.public(), algorithms={"ES256"}, decrypt_with=way.key, max_length=10**6)
