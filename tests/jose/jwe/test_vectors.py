"""JWE by the RFCs' own examples: what we support opens, what we refuse is refused. One test id a vector."""

import json

import pytest

from django_jwtkit.errors import AlgorithmRefused, MalformedToken, TokenError
from django_jwtkit.jose import jwe
from django_jwtkit.jose.jwk.key import Key
from django_jwtkit.jose.wire.encoding import b64u_decode
from tests.jose.encryption import ALL
from tests.support import vectors

REFUSED_MEMBERS = {"zip"}


def _cookbook(*, compact):
    """Return the vectors of RFC 7520 with a compact serialisation, or those without one."""
    parameters = vectors.cookbook("jwe/*.json", "curve25519/*.json")
    return [parameter for parameter in parameters if _is_encrypted(*parameter.values, compact=compact)]


def _is_encrypted(vector, *, compact):
    return vector is None or ("enc" in vector["input"] and ("compact" in vector["output"]) is compact)


def _key(jwk, alg):
    """Return the recipient's key; the RFCs leave its alg out, or write an enc there (RFC 7520 §5.6)."""
    return Key.from_dict({**jwk, "alg": alg})


def _is_ours(alg, header):
    return alg in ALL["algorithms"] and REFUSED_MEMBERS.isdisjoint(header)


@pytest.mark.parametrize("vector", vectors.appendices("jwe-compact"))
def test_the_examples_of_rfc_7516(vector):
    """Appendix A: RSA-OAEP and A128KW open; RSA1_5 is refused before any key is asked."""
    alg, enc = vector["alg"], vector["enc"]
    if alg == "RSA1_5":
        key = _key(vector["key"], "RSA-OAEP")
        with pytest.raises(AlgorithmRefused):
            jwe.decrypt(vector["compact"], key, **ALL)
        return
    message = jwe.decrypt(vector["compact"], _key(vector["key"], alg), algorithms={alg}, encryptions={enc})
    assert message.plaintext == b64u_decode(vector["plaintext_b64u"])


@pytest.mark.threat("JWE-010", "JWE-041", "DOS-009", "JWE-040")
@pytest.mark.parametrize("vector", vectors.appendices("jwt-jwe", "jwt-nested", "jwe-compact-pbes2"))
def test_the_examples_with_rsa1_5_and_pbes2_are_refused(vector):
    """RFC 7519 appendix A, RFC 7517 appendix C: by their alg, so no padding and no iteration is looked at."""
    with pytest.raises(AlgorithmRefused):
        jwe.decrypt(vector["compact"], Key.generate("A128KW"), **ALL)


@pytest.mark.threat("JWE-057")
@pytest.mark.parametrize("vector", vectors.appendices("jwe-general-json", "jwe-flattened-json"))
def test_the_json_serialisations_of_rfc_7516_are_refused(vector):
    """Appendices A.4 and A.5: we read the compact serialisation only."""
    with pytest.raises(MalformedToken):
        jwe.decrypt(json.dumps(vector["json"]), Key.generate("A128KW"), **ALL)


@pytest.mark.parametrize("vector", _cookbook(compact=True))
def test_the_cookbook(vector):
    """RFC 7520 section 5, and its companion for X25519: what our algorithms made opens, the rest does not."""
    example, text = vector["input"], vector["output"]["compact"]
    header = vector["encrypting_content"]["protected"]
    if not _is_ours(example["alg"], header):
        with pytest.raises((AlgorithmRefused, MalformedToken)):
            jwe.decrypt(text, Key.generate("A128KW"), **ALL)
        return
    key = _key(example["key"], example["alg"])
    message = jwe.decrypt(text, key, algorithms={example["alg"]}, encryptions={example["enc"]})
    assert message.plaintext == example["plaintext"].encode()
    assert message.header == header


@pytest.mark.parametrize("vector", _cookbook(compact=False))
def test_the_cookbooks_json_serialisations_are_refused(vector):
    """Several recipients, unprotected headers, separate AAD: things that a JWT never has."""
    for name in vector["output"]:
        with pytest.raises(TokenError):
            jwe.decrypt(json.dumps(vector["output"][name]), Key.generate("A128KW"), **ALL)


def _printed_cek(vector):
    """Return the CEK that the RFC prints for a vector that we open, or None."""
    printed = vector.get("encrypting_key", {}).get("cek") or vector.get("generated", {}).get("cek")
    is_another_runs = vector["title"] == "Curve25519 ECDH"  # its CEK and its ephemeral key do not fit
    is_opened = _is_ours(vector["input"]["alg"], vector["encrypting_content"]["protected"])
    return printed if is_opened and not is_another_runs else None


@pytest.mark.parametrize(
    "vector", [row for row in _cookbook(compact=True) if row.values[0] is None or _printed_cek(*row.values)]
)
def test_the_cookbooks_ceks(vector):
    """The CEK that the RFC prints is the one that we find."""
    segments = vector["output"]["compact"].encode().split(b".")
    message = jwe._read(segments, jwe.ALGORITHMS, jwe.ENCRYPTIONS)
    cek = jwe._cek(message, _key(vector["input"]["key"], vector["input"]["alg"]))
    assert cek == b64u_decode(_printed_cek(vector))
