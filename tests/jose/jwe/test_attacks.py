"""JWE under attack: each entry of the threat catalogue that a compact JWE can carry."""

import json
import secrets
import zlib

import pytest

from django_jwtkit.errors import AlgorithmRefused, DecryptionError, MalformedToken, TokenError
from django_jwtkit.jose import jwe, jws
from django_jwtkit.jose.jwa.content_encryption import ENCRYPTIONS
from django_jwtkit.jose.jwa.key_agreement import CURVES
from django_jwtkit.jose.jwa.key_management import ALGORITHMS
from django_jwtkit.jose.jwk.key import Key
from django_jwtkit.jose.wire.encoding import b64u_encode, dumps
from tests.jose.encryption import ALL, PAIRS, case, joined, opened, parts, sealed

P25519 = 2**255 - 19
GOOD = [b"", bytes(12), b"ciphertext", bytes(16)]  # the right lengths for dir and GCM


class NoKeys:
    """A key source that fails the test when it is asked: parsing must not come so far."""

    def find(self, header):
        raise AssertionError("a key was looked up")


def refused_at_sight(text, expected=(MalformedToken, AlgorithmRefused), **limits):
    """Assert that `text` is refused before any key is looked up."""
    with pytest.raises(expected):
        jwe.decrypt(text, NoKeys(), **{**ALL, **limits})


def changed(way, **members):
    """Return a sound token of `one` with other header parameters."""
    header, segments = parts(jwe.encrypt(b"secret", way.key, enc=way.enc))
    return joined({**header, **members}, segments)


@pytest.mark.threat("JWE-010", "JWE-040", "JWE-041", "JWE-024", "DOS-009")
@pytest.mark.parametrize(
    "alg", ["RSA1_5", "PBES2-HS256+A128KW", "none", "None", "", "HS256", "a256kw", "A256GCM", "RSA-OAEP-512"]
)
def test_an_algorithm_that_we_don_t_have_is_refused_at_sight(alg):
    """RSA1_5 on an OAEP key, a password's KDF on a wrapping key, no algorithm at all."""
    refused_at_sight(changed(case("RSA-OAEP"), alg=alg), AlgorithmRefused)
    refused_at_sight(changed(case("A256KW"), alg=alg, p2s="AAAAAAAAAAA", p2c=2**31), AlgorithmRefused)


@pytest.mark.threat("DOS-009", "JWE-040")
@pytest.mark.parametrize("p2c", [1000000000, 2147483647, 1200001, 0, -1, "1000", 1.5, True])
def test_no_iteration_count_is_ever_obeyed(p2c):
    """There is no PBES2 here, whatever p2c says."""
    refused_at_sight(
        joined({"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2s": "AAAAAAAAAAA", "p2c": p2c}, GOOD)
    )


@pytest.mark.threat("JWE-024", "JWE-025")
@pytest.mark.parametrize(
    "enc", ["none", "", "A256KW", "a256gcm", "XC20P", "A256GCM ", None, 1, [], {}, ["A256GCM"]]
)
def test_an_enc_that_we_don_t_have_is_refused_at_sight(enc):
    """Missing, unknown, of another type."""
    refused_at_sight(changed(case("dir"), enc=enc))
    refused_at_sight(joined({"alg": "dir"}, GOOD), MalformedToken)


@pytest.mark.threat("JWE-012")
@pytest.mark.parametrize("alg", ["dir", "ECDH-ES"])
def test_what_has_no_encrypted_key_has_none(alg):
    """RFC 7516 §5.2 step 10."""
    header, segments = parts(jwe.encrypt(b"secret", case(alg).key))
    for encrypted_key in (b"\0", bytes(40)):
        refused_at_sight(joined(header, [encrypted_key, *segments[1:]]), MalformedToken)


@pytest.mark.threat("JWE-020", "JWE-026")
@pytest.mark.parametrize("way", PAIRS, ids=str)
def test_a_tag_has_its_exact_length(way):
    """A tag of four octets is forged in 2^32 tries; some libraries took one of none."""
    header, segments = parts(jwe.encrypt(b"secret", way.key, enc=way.enc))
    for wrong in (b"", *(segments[3][:kept] for kept in (4, 8, 12, 15)), segments[3] + b"\0"):
        refused_at_sight(joined(header, [*segments[:3], wrong]), MalformedToken)


@pytest.mark.threat("JWE-021")
@pytest.mark.parametrize("way", PAIRS, ids=str)
def test_an_iv_has_its_exact_length(way):
    """96 bits for GCM, 128 for CBC."""
    header, segments = parts(jwe.encrypt(b"secret", way.key, enc=way.enc))
    for size in {0, 8, 12, 16, 24} - {len(segments[1])}:
        refused_at_sight(joined(header, [segments[0], bytes(size), *segments[2:]]), MalformedToken)


@pytest.mark.threat("JWE-022")
@pytest.mark.parametrize("alg", [alg for alg in ALGORITHMS if "KW" in alg])
def test_a_wrapped_key_is_never_empty(alg):
    """Nor of any other length than enc demands."""
    header, segments = parts(jwe.encrypt(b"secret", case(alg).key))
    for encrypted_key in (b"", bytes(8), segments[0][:-8], segments[0] + bytes(8)):
        refused_at_sight(joined(header, [encrypted_key, *segments[1:]]), MalformedToken)


@pytest.mark.threat("JWE-023")
@pytest.mark.parametrize(
    ("enc", "size"),
    [("A256GCM", 16), ("A256GCM", 24), ("A128GCM", 32), ("A128CBC-HS256", 48), ("A256CBC-HS512", 48)],
)
@pytest.mark.parametrize("alg", ["dir", "RSA-OAEP-256"])
def test_a_cek_of_another_length_is_the_one_error(alg, enc, size):
    """Such a CEK would choose its own cipher: the content is sound under it, and refused anyway."""
    cek, header = secrets.token_bytes(size), {"alg": alg, "enc": enc}
    key, encrypted_key = Key.from_dict({"kty": "oct", "k": b64u_encode(cek)}, alg="dir"), b""
    if alg != "dir":
        key = case(alg).key
        encrypted_key = key.native_public.encrypt(cek, ALGORITHMS[alg]._padding())
    with pytest.raises(DecryptionError, match=r"^the token can't be decrypted$"):
        opened(sealed(header, cek, encrypted_key), key)


@pytest.mark.threat("JWE-023")
@pytest.mark.parametrize("octets", [b"", b"\0" * 16, b"\0" * 256, b"\xff" * 256, b"\xff" * 257, b"\0" * 600])
def test_an_rsa_key_answers_every_ciphertext_alike(octets):
    """Too short, too long, beyond the modulus: one error, so no oracle (Bleichenbacher, Manger)."""
    key = case("RSA-OAEP").key
    header, segments = parts(jwe.encrypt(b"secret", key))
    with pytest.raises(DecryptionError, match=r"^the token can't be decrypted$"):
        opened(joined(header, [octets, *segments[1:]]), key)


@pytest.mark.threat("JWE-029")
@pytest.mark.parametrize("name", ["iv", "tag"])
@pytest.mark.parametrize("value", ["", "AAAA", "A" * 20, "A" * 24, None, 1, ["A" * 16]], ids=str)
def test_the_header_of_a_gcm_wrap_is_exact(name, value):
    """Wrong lengths and types are seen before the key is."""
    refused_at_sight(changed(case("A256GCMKW"), **{name: value}), MalformedToken)


@pytest.mark.threat("JWE-030", "JWE-031", "DOS-010")
@pytest.mark.parametrize("value", ["DEF", "GZIP", "", None, 1])
def test_nothing_is_ever_inflated(value):
    """`zip` is refused by its mere presence: ten kilobytes could be ten megabytes."""
    bomb = zlib.compress(bytes(10**6))[2:-4]
    key = case("dir").key
    header = {"alg": "dir", "enc": "A256GCM", "kid": key.kid, "zip": value}
    refused_at_sight(sealed(header, key.native_private, plaintext=bomb), MalformedToken)


@pytest.mark.threat("JWE-050")
@pytest.mark.parametrize("alg", [alg for alg in ALGORITHMS if alg.startswith("ECDH")])
@pytest.mark.parametrize("crv", ["P-256", "P-384", "P-521"])
def test_an_invalid_point_is_the_one_error(alg, crv):
    """(0, 0), off the curve, a coordinate beyond the field."""
    size = CURVES[crv].coordinates["x"]
    for x, y in (
        (bytes(size), bytes(size)),
        (b"\x01" * size, b"\x02" * size),
        (b"\xff" * size, b"\xff" * size),
    ):
        epk = {"kty": "EC", "crv": crv, "x": b64u_encode(x), "y": b64u_encode(y)}
        with pytest.raises(DecryptionError, match=r"^the token can't be decrypted$"):
            opened(changed(case(alg, crv), epk=epk), case(alg, crv).key)


@pytest.mark.threat("JWE-051")
def test_an_epk_on_another_curve_is_malformed():
    """Both curves are ours; the key has only one."""
    epk = CURVES["P-384"].epk(CURVES["P-384"].ephemeral())
    with pytest.raises(MalformedToken, match="the curve of the key"):
        opened(changed(case("ECDH-ES"), epk=epk), case("ECDH-ES").key)


@pytest.mark.threat("JWE-052", "JWE-053")
@pytest.mark.parametrize("epk", [None, "x", 1, [], {}, {"kty": "oct", "k": "AAAA"}], ids=str)
def test_an_epk_is_a_public_key_and_nothing_else(epk):
    """Missing, no object, symmetric, or with a private part."""
    refused_at_sight(changed(case("ECDH-ES"), epk=epk), MalformedToken)
    header, _ = parts(jwe.encrypt(b"secret", case("ECDH-ES").key))
    refused_at_sight(changed(case("ECDH-ES"), epk={**header["epk"], "d": header["epk"]["x"]}), MalformedToken)


@pytest.mark.threat("JWE-054")
@pytest.mark.parametrize("alg", ["ECDH-ES", "ECDH-ES+A256KW"])
@pytest.mark.parametrize("u", [0, 1, P25519 - 1, P25519, P25519 + 1, 2**255])
def test_nobody_encrypts_to_a_point_of_small_order(alg, u):
    """The attacker knows Z (all zero), so they can compute every key but ours: the token must not open."""
    key = case(alg, "X25519").key
    epk = {"kty": "OKP", "crv": "X25519", "x": b64u_encode(u.to_bytes(32, "little"))}
    row, encryption = ALGORITHMS[alg], ENCRYPTIONS["A256GCM"]
    guessed = row._derive(bytes(32), encryption, (b"", b""))
    header = {"alg": alg, "enc": "A256GCM", "epk": epk}
    cek, encrypted_key = guessed, b""
    if row.wrapping:
        kek = Key.from_dict({"kty": "oct", "k": b64u_encode(guessed)}, alg="A256KW")
        cek, encrypted_key, _ = ALGORITHMS["A256KW"].wrap(kek, encryption, {})
    with pytest.raises(DecryptionError):
        opened(sealed(header, cek, encrypted_key), key)


@pytest.mark.threat("JWE-055")
@pytest.mark.parametrize("name", ["apu", "apv"])
@pytest.mark.parametrize(
    "value", ["=", "QR", "not base64url!", None, 1, {}, b64u_encode(bytes(513))], ids=lambda v: str(v)[:8]
)
def test_party_info_is_refused_at_sight(name, value):
    """Not base64url, or huge."""
    refused_at_sight(changed(case("ECDH-ES"), **{name: value}), MalformedToken)


@pytest.mark.threat("JWE-055")
def test_party_info_is_bound():
    """Sound, but another than the sender's: the keys differ."""
    with pytest.raises(DecryptionError):
        opened(changed(case("ECDH-ES"), apu="QWxpY2U"), case("ECDH-ES").key)
    longest = b64u_encode(bytes(512))
    key = case("ECDH-ES").key
    assert opened(jwe.encrypt(b"secret", key, header={"apu": longest, "apv": longest}), key) == b"secret"


@pytest.mark.threat("JWE-057", "DOS-012")
@pytest.mark.parametrize("recipients", [1, 2, 10000])
def test_the_json_serialisation_is_not_read(recipients):
    """No recipients, however many: they cost nothing."""
    header, segments = parts(jwe.encrypt(b"secret", case("dir").key))
    _, iv, ciphertext, tag = map(b64u_encode, segments)
    full = {"protected": b64u_encode(dumps(header)), "iv": iv, "ciphertext": ciphertext, "tag": tag}
    general = json.dumps({**full, "recipients": [{"encrypted_key": ""}] * recipients})
    refused_at_sight(general, MalformedToken)
    refused_at_sight(general, MalformedToken, max_length=10**6)
    refused_at_sight(json.dumps(full), MalformedToken)


@pytest.mark.threat("DOS-001", "DOS-002", "DOS-007")
@pytest.mark.parametrize(
    "value", [b"[" * 3000 + b"]" * 3000, b'{"a":' * 1000 + b"1" + b"}" * 1000, b"1" * 5000, b"-" + b"9" * 400]
)
def test_a_header_costs_what_it_is_long(value):
    """Deep nesting and endless numbers are refused before JSON is read, or by its limits."""
    refused_at_sight(joined(b'{"alg":"dir","enc":"A256GCM","x":' + value + b"}", GOOD), MalformedToken)


@pytest.mark.threat("DOS-004", "DOS-005", "DOS-006")
@pytest.mark.parametrize("text", ["a" * 10**6, "." * 10**6, "a." * 5000, "....", "a.b.c.d.e.f"])
def test_length_and_dots_come_first(text):
    """A megabyte is refused by its length, dots by their number; nothing is split or decoded."""
    refused_at_sight(text, MalformedToken)
    refused_at_sight(text.encode(), MalformedToken)


@pytest.mark.threat("DOS-013")
def test_a_flood_of_tokens_costs_one_private_operation_each():
    """An RSA key is asked once a token, and of a bounded size (its import sees to that)."""
    calls = []

    class Counting:
        key = case("RSA-OAEP").key

        def find(self, header):
            calls.append(header)
            return self.key

    text = changed(case("RSA-OAEP"), extra=1)
    with pytest.raises(DecryptionError):
        jwe.decrypt(text, Counting(), **ALL)
    assert len(calls) == 1


@pytest.mark.threat("JWE-003", "JWE-013", "JWE-001")
@pytest.mark.parametrize("way", [pair for pair in PAIRS if pair.enc == "A256GCM"], ids=str)
def test_a_jwe_is_never_a_jws(way):
    """Nor the other way round: the reader fixes the number of parts."""
    with pytest.raises(MalformedToken):
        jws.verify(jwe.encrypt(b"{}", way.key), Key.generate("HS256"), algorithms={"HS256"})
    signer = Key.generate("HS256")
    refused_at_sight(jws.sign(b"{}", signer), MalformedToken)


@pytest.mark.parametrize(
    "members", [{"crit": ["exp"]}, {"b64": False}, {"zip": "DEF"}, {"kid": "a\nb"}], ids=str
)
def test_a_jwe_header_is_as_strict_as_that_of_a_jws(members):
    """No extension, and a kid on one line."""
    refused_at_sight(changed(case("dir"), **members), MalformedToken)


@pytest.mark.parametrize("members", [{"jku": "https://x"}, {"jwk": {}}, {"x5c": []}, {"x5t": "AA"}], ids=str)
def test_a_key_that_a_jwe_header_names_is_not_looked_at(members):
    """The header is authenticated, so that a changed one is refused, as any other change is."""
    way = case("dir")
    with pytest.raises(DecryptionError):
        jwe.decrypt(changed(way, **members), way.key, algorithms={"dir"}, encryptions={way.enc})


@pytest.mark.parametrize("alg", [None, 1, True, [], {}, ["dir"], 1.5], ids=str)
def test_the_alg_is_text(alg):
    """A list would not even be hashable."""
    refused_at_sight(joined({"alg": alg, "enc": "A256GCM"}, GOOD), MalformedToken)


@pytest.mark.parametrize("text", [None, 7, [], bytearray(b"a.b.c.d.e"), memoryview(b"a.b.c.d.e")])
def test_a_token_is_text(text):
    """Whatever a framework hands over: a `TokenError`."""
    with pytest.raises(TokenError):
        jwe.decrypt(text, NoKeys(), **ALL)
