"""JWE by the RFCs' own examples: what we support opens, what we refuse is refused. One test id a vector."""

import json

import pytest

from django_jwtkit.errors import AlgorithmRefused, MalformedToken, TokenError
from django_jwtkit.jose import jwe
from django_jwtkit.jose.jwk.key import Key
from django_jwtkit.jose.wire.encoding import b64u_decode
from tests.jose.encryption import ALL, VECTORS

REFUSED_MEMBERS = {"zip"}


def _named(*kinds):
    """Return the vectors of these kinds from the RFCs' appendices."""
    path = VECTORS / "rfc_appendices" / "rfc_vectors.json"
    found = json.loads(path.read_text())["vectors"] if path.exists() else []
    return [pytest.param(vector, id=vector["id"]) for vector in found if vector["kind"] in kinds]


def _cookbook(*folders):
    """Return the vectors of RFC 7520 with a compact serialisation, and those without one, in two lists."""
    paths = sorted(path for folder in folders for path in (VECTORS / "rfc7520" / folder).glob("*.json"))
    found = [(path.stem, json.loads(path.read_text())) for path in paths]
    found = [(name, vector) for name, vector in found if "enc" in vector["input"]]
    compact = [pytest.param(vector, id=name) for name, vector in found if "compact" in vector["output"]]
    return compact, [
        pytest.param(vector, id=name) for name, vector in found if "compact" not in vector["output"]
    ]


COMPACT, JSON_ONLY = _cookbook("jwe", "curve25519")


def _key(jwk, alg):
    """Return the recipient's key; the RFCs leave its alg out, or write an enc there (RFC 7520 §5.6)."""
    return Key.from_dict({**jwk, "alg": alg})


def _is_ours(alg, header):
    return alg in ALL["algorithms"] and REFUSED_MEMBERS.isdisjoint(header)


@pytest.mark.parametrize("vector", _named("jwe-compact"))
def test_the_examples_of_rfc_7516(vector):
    """Appendix A: RSA-OAEP and A128KW open; RSA1_5 is refused before any key is asked."""
    alg, enc = vector["alg"], vector["enc"]
    if alg == "RSA1_5":
        key = _key(vector["key"], "RSA-OAEP")
        with pytest.raises(AlgorithmRefused):
            jwe.decrypt(vector["compact"], key, **ALL)
        return
    seen = jwe.decrypt(vector["compact"], _key(vector["key"], alg), algorithms={alg}, encryptions={enc})
    assert seen.plaintext == b64u_decode(vector["plaintext_b64u"])


@pytest.mark.threat("JWE-010", "JWE-041", "DOS-009", "JWE-040")
@pytest.mark.parametrize("vector", _named("jwt-jwe", "jwt-nested", "jwe-compact-pbes2"))
def test_the_examples_with_rsa1_5_and_pbes2_are_refused(vector):
    """RFC 7519 appendix A, RFC 7517 appendix C: by their alg, so no padding and no iteration is looked at."""
    with pytest.raises(AlgorithmRefused):
        jwe.decrypt(vector["compact"], Key.generate("A128KW"), **ALL)


@pytest.mark.threat("JWE-057")
@pytest.mark.parametrize("vector", _named("jwe-general-json", "jwe-flattened-json"))
def test_the_json_serialisations_of_rfc_7516_are_refused(vector):
    """Appendices A.4 and A.5: we read the compact serialisation only."""
    with pytest.raises(MalformedToken):
        jwe.decrypt(json.dumps(vector["json"]), Key.generate("A128KW"), **ALL)


@pytest.mark.parametrize("vector", COMPACT)
def test_the_cookbook(vector):
    """RFC 7520 section 5, and its companion for X25519: what our algorithms made opens, the rest does not."""
    given, text = vector["input"], vector["output"]["compact"]
    header = vector["encrypting_content"]["protected"]
    if not _is_ours(given["alg"], header):
        with pytest.raises((AlgorithmRefused, MalformedToken)):
            jwe.decrypt(text, Key.generate("A128KW"), **ALL)
        return
    key = _key(given["key"], given["alg"])
    seen = jwe.decrypt(text, key, algorithms={given["alg"]}, encryptions={given["enc"]})
    assert seen.plaintext == given["plaintext"].encode()
    assert seen.header == header


@pytest.mark.parametrize("vector", JSON_ONLY)
def test_the_cookbooks_json_serialisations_are_refused(vector):
    """Several recipients, unprotected headers, separate AAD: things that a JWT never has."""
    for name in vector["output"]:
        with pytest.raises(TokenError):
            jwe.decrypt(json.dumps(vector["output"][name]), Key.generate("A128KW"), **ALL)


def _with_printed_cek():
    """Return each vector that we open and whose CEK the RFC prints, with that CEK."""
    for param in COMPACT:
        (vector,) = param.values
        printed = vector.get("encrypting_key", {}).get("cek") or vector.get("generated", {}).get("cek")
        stray = vector["title"] == "Curve25519 ECDH"  # its CEK and ephemeral key are another run's
        if (
            printed
            and not stray
            and _is_ours(vector["input"]["alg"], vector["encrypting_content"]["protected"])
        ):
            yield pytest.param(vector, b64u_decode(printed), id=param.id)


@pytest.mark.parametrize(("vector", "printed"), list(_with_printed_cek()))
def test_the_cookbooks_ceks(vector, printed):
    """The CEK that the RFC prints is the one that we find."""
    segments = vector["output"]["compact"].encode().split(b".")
    message = jwe._read(segments, jwe.ALGORITHMS, jwe.ENCRYPTIONS)
    assert jwe._cek(message, _key(vector["input"]["key"], vector["input"]["alg"])) == printed
