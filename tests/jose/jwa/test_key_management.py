"""Key management (RFC 7518 §4): which keys fit, where a CEK comes from, what is refused without the key."""

import secrets

import pytest

from django_jwtkit.errors import KeyUnusableError, MalformedToken
from django_jwtkit.jose.jwa.content_encryption import ENCRYPTIONS
from django_jwtkit.jose.jwa.key_agreement import CURVES, derive, read_epk
from django_jwtkit.jose.jwa.key_management import ALGORITHMS, UNWRAP_FAILURES
from django_jwtkit.jose.jwa.key_types import KEY_TYPES
from django_jwtkit.jose.jwk.key import Key
from django_jwtkit.jose.wire.encoding import b64u_encode
from tests.jose.encryption import CASES, PAIRS, case
from tests.support import vectors

AGREEMENTS = [alg for alg in ALGORITHMS if alg.startswith("ECDH")]
FRESH = [pair for pair in PAIRS if pair.alg != "dir" and pair.enc == "A256GCM"]


def agreed(vector_recipient, epk):
    """Return Z as the recipient of a vector computes it."""
    recipient = KEY_TYPES[vector_recipient["kty"]].load(vector_recipient)
    return read_epk(epk).agree(recipient.private)


def test_the_table_is_what_we_promise():
    """No RSA1_5 (Bleichenbacher), no PBES2 (a password, and a counter that the attacker chooses)."""
    wraps = {f"A{bits}{kind}" for bits in (128, 192, 256) for kind in ("KW", "GCMKW")}
    agreements = {"ECDH-ES", *(f"ECDH-ES+A{bits}KW" for bits in (128, 192, 256))}
    assert set(ALGORITHMS) == {"dir", "RSA-OAEP", "RSA-OAEP-256"} | wraps | agreements


@pytest.mark.parametrize("way", CASES, ids=str)
def test_the_recipient_comes_to_the_senders_cek(way):
    """Wrap and unwrap are inverse, for every alg, curve and enc."""
    row, encryption, key = ALGORITHMS[way.alg], ENCRYPTIONS[way.enc], way.key
    party = {"apu": b64u_encode(b"Alice"), "apv": b64u_encode(b"Bob")}
    cek, encrypted_key, parameters = row.wrap(key, encryption, party)
    assert len(cek) == encryption.key_size
    assert parameters.keys() == row.parameters
    assert row.read({**party, **parameters}, encrypted_key, encryption)(key) == cek


@pytest.mark.threat("JWE-028")
@pytest.mark.parametrize("way", FRESH, ids=str)
def test_no_two_messages_share_a_cek(way):
    """So a 96-bit IV never meets the same key twice."""
    row, encryption = ALGORITHMS[way.alg], ENCRYPTIONS[way.enc]
    ceks = {row.wrap(way.key, encryption, {}).cek for _ in range(30)}
    assert len(ceks) == 30


@pytest.mark.threat("JWE-056")
@pytest.mark.parametrize("crv", CURVES)
@pytest.mark.parametrize("alg", AGREEMENTS)
def test_no_two_messages_share_an_ephemeral_key(alg, crv):
    """Forward secrecy on the sender's side, and no two messages under one Z."""
    row, key = ALGORITHMS[alg], case(alg, crv).key
    epks = {row.wrap(key, ENCRYPTIONS["A256GCM"], {}).parameters["epk"]["x"] for _ in range(10)}
    assert len(epks) == 10


@pytest.mark.parametrize("vector", vectors.appendices("ecdh-es-concat-kdf"))
def test_the_example_of_appendix_c(vector):
    """RFC 7518 appendix C: Alice and Bob derive the same 128 bits."""
    secret = agreed(vector["bob"], vector["header"]["epk"])
    assert derive(secret, "A128GCM", 16, (b"Alice", b"Bob")).hex() == vector["derived_key_hex"]
    row, recipient = ALGORITHMS["ECDH-ES"], Key.from_dict(vector["bob"], alg="ECDH-ES")
    unwrap = row.read(vector["header"], b"", ENCRYPTIONS["A128GCM"])
    assert unwrap(recipient).hex() == vector["derived_key_hex"]


@pytest.mark.parametrize("vector", vectors.appendices("ecdh-raw"))
def test_the_shared_secrets_of_rfc_8037(vector):
    """RFC 8037 appendices A.6 (X25519) and A.7 (X448)."""
    assert agreed(vector["recipient"], vector["header"]["epk"]).hex() == vector["z_hex"]


@pytest.mark.parametrize(
    ("alg", "octets"), [("A128KW", 16), ("A192KW", 24), ("A256KW", 32), ("A256GCMKW", 32)]
)
def test_a_wrapping_key_has_the_exact_length(alg, octets):
    """A key of another length is no key for this algorithm."""
    assert Key.generate(alg).native_private is not None
    for wrong in {16, 24, 32, 48} - {octets}:
        with pytest.raises(KeyUnusableError):
            Key.from_dict({"kty": "oct", "k": b64u_encode(secrets.token_bytes(wrong))}, alg=alg)


@pytest.mark.parametrize("enc", ENCRYPTIONS)
def test_a_direct_key_is_as_long_as_the_cek(enc):
    """It is the CEK; one of another length is refused before anything is encrypted."""
    size = ENCRYPTIONS[enc].key_size
    for octets in ALGORITHMS["dir"].fit.octets:
        key = Key.generate("dir", size=octets)
        if octets == size:
            assert ALGORITHMS["dir"].wrap(key, ENCRYPTIONS[enc], {}).cek == key.native_private
        else:
            with pytest.raises(KeyUnusableError, match=f"must have {size} octets"):
                ALGORITHMS["dir"].wrap(key, ENCRYPTIONS[enc], {})


@pytest.mark.threat("JWE-012", "JWE-022")
@pytest.mark.parametrize("way", [pair for pair in PAIRS if not pair.alg.startswith("RSA")], ids=str)
def test_an_encrypted_key_has_the_one_right_length(way):
    """Empty for `dir` and ECDH-ES; a CEK, and 8 octets more for AES Key Wrap, for the others."""
    row, encryption = ALGORITHMS[way.alg], ENCRYPTIONS[way.enc]
    _, encrypted_key, parameters = row.wrap(way.key, encryption, {})
    for wrong in {b"", b"\0", encrypted_key[:-1], encrypted_key + b"\0", encrypted_key * 2} - {encrypted_key}:
        with pytest.raises(MalformedToken):
            row.read(parameters, wrong, encryption)


@pytest.mark.threat("JWE-029")
@pytest.mark.parametrize("alg", ["A128GCMKW", "A192GCMKW", "A256GCMKW"])
@pytest.mark.parametrize("name", ["iv", "tag"])
@pytest.mark.parametrize("octets", [0, 8, 11, 13, 15, 17, None])
def test_the_iv_and_tag_of_a_gcm_wrap_have_exact_lengths(alg, name, octets):
    """96 and 128 bits; missing is wrong too (None)."""
    row, encryption = ALGORITHMS[alg], ENCRYPTIONS["A256GCM"]
    _, encrypted_key, parameters = row.wrap(case(alg).key, encryption, {})
    wrong = {**parameters, name: b64u_encode(bytes(octets))} if octets is not None else dict(parameters)
    if octets is None:
        del wrong[name]
    with pytest.raises(MalformedToken):
        row.read(wrong, encrypted_key, encryption)


@pytest.mark.threat("JWE-029")
@pytest.mark.parametrize("value", [None, 1, True, [], {}, "AAAA=", "A A", "é"])
def test_the_iv_and_tag_of_a_gcm_wrap_are_base64url(value):
    """Whatever else JSON can say is malformed."""
    row, encryption = ALGORITHMS["A256GCMKW"], ENCRYPTIONS["A256GCM"]
    _, encrypted_key, parameters = row.wrap(case("A256GCMKW").key, encryption, {})
    for name in parameters:
        with pytest.raises(MalformedToken):
            row.read({**parameters, name: value}, encrypted_key, encryption)


@pytest.mark.threat("JWE-050", "JWE-051", "JWE-052", "JWE-053")
@pytest.mark.parametrize(
    "change",
    [
        {"d": "AAAA"},
        {"kid": "x"},
        {"crv": "P-384"},
        {"crv": "X25519"},
        {"crv": "secp256k1"},
        {"crv": "Ed25519"},
        {"crv": ["P-256"]},
        {"crv": None},
        {"kty": "OKP"},
        {"kty": "oct"},
        {"kty": ["EC"]},
        {"x": None},
        {"x": 7},
        {"x": ""},
        {"x": "AAAA"},
        {"x": "A" * 44},
        {"y": "=" * 43},
    ],
    ids=str,
)
def test_an_epk_is_a_bare_public_key_on_a_known_curve(change):
    """Nothing private, nothing superfluous, every coordinate as long as the field's elements."""
    epk = dict(CURVES["P-256"].epk(CURVES["P-256"].ephemeral()))
    with pytest.raises(MalformedToken):
        read_epk({**epk, **change})
    for name in epk:
        with pytest.raises(MalformedToken):
            read_epk({member: value for member, value in epk.items() if member != name})


@pytest.mark.threat("JWE-053")
@pytest.mark.parametrize("epk", [None, "x", 1, [], {}, {"kty": "oct", "k": "AAAA"}], ids=str)
def test_an_epk_is_an_object(epk):
    """Missing, another type, another kind of key: malformed."""
    for alg in AGREEMENTS:
        with pytest.raises(MalformedToken):
            ALGORITHMS[alg].read({"epk": epk}, b"", ENCRYPTIONS["A256GCM"])


@pytest.mark.threat("JWE-051")
@pytest.mark.parametrize("alg", AGREEMENTS)
@pytest.mark.parametrize("theirs", CURVES)
def test_an_epk_on_another_curve_than_the_key_is_refused(alg, theirs):
    """Before any exchange; cryptography would say `ValueError`."""
    row, encryption = ALGORITHMS[alg], ENCRYPTIONS["A256GCM"]
    _, encrypted_key, parameters = row.wrap(case(alg, theirs).key, encryption, {})
    unwrap = row.read(parameters, encrypted_key, encryption)
    for ours in CURVES.keys() - {theirs}:
        with pytest.raises(MalformedToken, match="the curve of the key"):
            unwrap(case(alg, ours).key)


def _low_order(prime, size, torsion):
    """Return the points of small order, and their spellings above the prime as far as they fit."""
    spellings = [u + turns * prime for u in torsion for turns in (0, 1, 2)]
    with_sign = [spelling + 2**255 for spelling in spellings] if size == 32 else []
    return [
        spelling.to_bytes(size, "little") for spelling in spellings + with_sign if spelling < 2 ** (8 * size)
    ]


U8 = 325606250916557431795983626356110631294008115727848805560023387167927233504
P25519, P448 = 2**255 - 19, 2**448 - 2**224 - 1
LOW_ORDER = [
    *(("X25519", u) for u in _low_order(P25519, 32, [0, 1, P25519 - 1, U8, pow(U8, -1, P25519)])),
    *(("X448", u) for u in _low_order(P448, 56, [0, 1, P448 - 1])),
]


@pytest.mark.threat("JWE-054")
@pytest.mark.parametrize(
    ("crv", "u"), LOW_ORDER, ids=lambda value: value if isinstance(value, str) else value.hex()
)
def test_a_point_of_small_order_finds_no_cek(crv, u):
    """Its shared secret is zero whatever our key is: a sender who knows nothing would know the CEK."""
    epk = {"kty": "OKP", "crv": crv, "x": b64u_encode(u)}
    unwrap = ALGORITHMS["ECDH-ES"].read({"epk": epk}, b"", ENCRYPTIONS["A256GCM"])
    with pytest.raises(UNWRAP_FAILURES):
        unwrap(case("ECDH-ES", crv).key)


@pytest.mark.threat("JWE-054")
def test_a_shared_secret_of_zeros_is_refused_whoever_computed_it():
    """The last line of defence, should a point get past the others (RFC 7748 §6.1)."""
    zero = CURVES["X25519"]._replace(exchange=lambda private, public: bytes(32))
    with pytest.raises(ValueError, match="small order"):
        zero.agree(None, None)


@pytest.mark.threat("JWE-050")
@pytest.mark.parametrize("crv", ["P-256", "P-384", "P-521"])
@pytest.mark.parametrize("spoil", ["off the curve", "origin", "beyond the field", "twist"])
def test_a_point_off_the_curve_finds_no_cek(crv, spoil):
    """Each exchange on a weaker curve would give away some bits of our key."""
    curve = CURVES[crv]
    size = curve.coordinates["x"]
    sound = curve.ephemeral().public.public_numbers()
    points = {
        "off the curve": (sound.x, sound.y ^ 1),
        "origin": (0, 0),
        "beyond the field": (2 ** (8 * size) - 1, sound.y),
        "twist": (sound.y, sound.x),
    }
    x, y = (b64u_encode(coordinate.to_bytes(size, "big")) for coordinate in points[spoil])
    header = {"epk": {"kty": "EC", "crv": crv, "x": x, "y": y}}
    with pytest.raises(UNWRAP_FAILURES):
        ALGORITHMS["ECDH-ES"].read(header, b"", ENCRYPTIONS["A256GCM"])(case("ECDH-ES", crv).key)


@pytest.mark.threat("JWE-055")
@pytest.mark.parametrize("name", ["apu", "apv"])
@pytest.mark.parametrize(
    "value",
    [None, 1, [], {}, "QQ=", "QR", "A", "Q Q", "é", b64u_encode(bytes(513))],
    ids=lambda value: str(value)[:8],
)
def test_party_info_is_short_canonical_base64url(name, value):
    """512 octets at most, one encoding only: the KDF gets exactly the octets of the header."""
    epk = CURVES["P-256"].epk(CURVES["P-256"].ephemeral())
    with pytest.raises(MalformedToken):
        ALGORITHMS["ECDH-ES"].read({"epk": epk, name: value}, b"", ENCRYPTIONS["A256GCM"])


@pytest.mark.threat("JWE-055")
@pytest.mark.parametrize("alg", AGREEMENTS)
def test_party_info_goes_into_the_kdf(alg):
    """Another apu, another apv, or both exchanged: another key."""
    row, encryption, key = ALGORITHMS[alg], ENCRYPTIONS["A256GCM"], case(alg).key
    sent = {"apu": b64u_encode(b"Alice"), "apv": b64u_encode(b"Bob")}
    cek, encrypted_key, parameters = row.wrap(key, encryption, sent)
    assert row.read({**sent, **parameters}, encrypted_key, encryption)(key) == cek
    for said in ({}, {"apu": sent["apu"]}, {"apu": sent["apv"], "apv": sent["apu"]}, {**sent, "apv": ""}):
        try:
            cek_again = row.read({**said, **parameters}, encrypted_key, encryption)(key)
        except UNWRAP_FAILURES:
            continue
        assert cek_again != cek
