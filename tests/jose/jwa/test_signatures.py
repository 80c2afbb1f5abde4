"""Every signature algorithm: what it accepts, and that it accepts nothing else."""

import hmac
import random

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from django_jwtkit.errors import AlgorithmRefused, BadSignature, KeyUnusableError, TokenError
from django_jwtkit.jose import Key, jws
from django_jwtkit.jose.jwa import signatures
from django_jwtkit.jose.jwa.signatures import ALGORITHMS, EDDSA
from django_jwtkit.jose.wire.encoding import b64u_decode, b64u_encode
from tests.jose.signing import ALGS, forged, key, public

PAYLOAD = b'{"exp":1}'
LENGTHS = dict.fromkeys(ALGS, 256) | {
    "HS256": 32,
    "HS384": 48,
    "HS512": 64,
    "ES256": 64,
    "ES384": 96,
    "ES512": 132,
    "ES256K": 64,
    "Ed25519": 64,
    "Ed448": 114,
    "EdDSA": 64,
    "ML-DSA-44": 2420,
    "ML-DSA-65": 3309,
    "ML-DSA-87": 4627,
}
ECDSA = {"ES256": 32, "ES384": 48, "ES512": 66, "ES256K": 32}
SAMPLE = 3000  # all bits of everything but ML-DSA
EVERYTHING = frozenset({*ALGS, "EdDSA"})


def is_valid(text: str, alg: str) -> bool:
    """Whether the token verifies with the key for `alg`, all algorithms allowed."""
    try:
        return jws.verify(text, public(alg), algorithms=EVERYTHING).payload == PAYLOAD
    except TokenError:
        return False


def with_signature(text: str, signature: bytes) -> str:
    """Return the token with another signature."""
    return f"{text.rpartition('.')[0]}.{b64u_encode(signature)}"


def signature_of(text: str) -> bytes:
    """Return the octets of the signature."""
    return b64u_decode(text.rpartition(".")[2])


@pytest.fixture(scope="module")
def tokens() -> dict[str, str]:
    """A token for each algorithm; without a kid, which would settle too much."""
    return {alg: forged(PAYLOAD, alg=alg) for alg in ALGS}


@pytest.mark.parametrize("alg", ALGS)
def test_a_signature_has_its_exact_length(alg, tokens):
    """RFC 7518 §3, RFC 8032 §5, FIPS 204 §4."""
    assert len(signature_of(tokens[alg])) == LENGTHS[alg]
    assert is_valid(tokens[alg], alg)


@pytest.mark.threat("SIG-005", "ALG-014", "ALG-015", "ALG-018", "CONF-003", "EC-008")
@pytest.mark.parametrize("alg", ALGS)
def test_a_token_verifies_with_its_own_kind_of_key_alone(alg, tokens):
    """The matrix of algorithms and keys is true on its diagonal: 18 of 324."""
    assert [other for other in ALGS if is_valid(tokens[alg], other)] == [alg]


@pytest.mark.threat("ALG-014", "ALG-015", "ALG-016")
@pytest.mark.parametrize("claimed", ALGS)
@pytest.mark.parametrize("alg", ["HS256", "RS256", "PS256", "ES256", "Ed25519", "Ed448"])
def test_the_header_never_chooses_the_algorithm(alg, claimed):
    """Signed by one, claimed to be by another: refused for the alg, or the signature does not hold."""
    if claimed == EDDSA.get(alg):
        pytest.skip("the older name of the same algorithm, which is allowed here literally")
    for by in {alg, claimed} if ALGORITHMS[alg].fit == ALGORITHMS[claimed].fit else {alg}:
        text = forged(PAYLOAD, alg=claimed, by=by)
        assert is_valid(text, alg) == (alg == claimed == by)


def flipped(text: str, bit: int) -> str:
    """Return the token with one bit of what its segments hold turned over."""
    segments = [bytearray(b64u_decode(segment)) for segment in text.split(".")]
    for segment in segments:
        if bit < 8 * len(segment):
            segment[bit // 8] ^= 1 << bit % 8
            break
        bit -= 8 * len(segment)
    return ".".join(b64u_encode(bytes(segment)) for segment in segments)


@pytest.mark.threat("SIG-002", "SIG-003", "SIG-004")
@pytest.mark.parametrize("alg", ALGS)
def test_no_bit_can_be_turned(alg, tokens):
    """Of header, payload or signature. Of the longest signatures a sample by a fixed seed."""
    bits = range(8 * sum(len(b64u_decode(segment)) for segment in tokens[alg].split(".")))
    assert flipped(tokens[alg], bits[-1]) != tokens[alg]
    chosen = random.Random(alg).sample(bits, min(len(bits), SAMPLE))
    assert not [bit for bit in chosen if is_valid(flipped(tokens[alg], bit), alg)]


@pytest.mark.threat("SIG-004", "ALG-004", "ED-002", "EC-004", "RSA-001")
@pytest.mark.parametrize("alg", ALGS)
def test_no_signature_of_another_length_holds(alg, tokens):
    """Stripped, cut, padded, doubled; 300 lengths in all."""
    signature = signature_of(tokens[alg])
    others = [signature[:length] for length in range(0, len(signature), max(1, len(signature) // 256))]
    others += [signature + b"\0", b"\0" + signature, signature * 2, signature[1:], signature + signature[-1:]]
    for other in others:
        assert not is_valid(with_signature(tokens[alg], other), alg)


@pytest.mark.threat("SIG-001")
@pytest.mark.parametrize("alg", ALGS)
def test_no_other_key_of_the_same_algorithm_verifies(alg, tokens):
    """The structure is all right, the key is not."""
    other = Key.generate(alg, size=2048 if alg[:2] in {"RS", "PS"} else None)
    with pytest.raises(BadSignature):
        jws.verify(tokens[alg], other, algorithms={alg})


@pytest.mark.threat("ED-001", "EC-002", "RSA-003")
@pytest.mark.parametrize("alg", ALGS)
@pytest.mark.parametrize("octet", [0, 1, 255])
def test_no_constant_signature_holds(alg, octet, tokens):
    """Nor 0 nor 1 as a number."""
    for other in (bytes([octet]) * LENGTHS[alg], bytes(LENGTHS[alg] - 1) + bytes([octet])):
        assert not is_valid(with_signature(tokens[alg], other), alg)


@pytest.mark.threat("EC-002", "EC-003")
@pytest.mark.parametrize("alg", ECDSA)
def test_r_and_s_lie_between_one_and_the_order(alg, tokens):
    """Zero in either was a signature for everything (CVE-2022-21449)."""
    size, order = ECDSA[alg], public(alg).native_public.curve.group_order
    r, s = (int.from_bytes(half, "big") for half in halves(tokens[alg], size))
    top = (1 << (8 * size)) - 1
    for bad in [
        (0, 0),
        (0, s),
        (r, 0),
        (order, s),
        (r, order),
        (order, order),
        (top, s),
        (r, top),
        (1, 1),
        (s, r),
    ]:
        assert not is_valid(with_signature(tokens[alg], joined(*bad, size)), alg)


@pytest.mark.threat("EC-003", "EC-006")
@pytest.mark.parametrize("alg", ECDSA)
def test_a_number_plus_the_order_is_not_that_number(alg, tokens):
    """In the same length where it fits (P-521 has room), or in one octet more."""
    size, order = ECDSA[alg], public(alg).native_public.curve.group_order
    r, s = (int.from_bytes(half, "big") for half in halves(tokens[alg], size))
    for bad in ((r + order, s), (r, s + order)):
        for length in (size, size + 1):
            if max(bad) < 1 << (8 * length):
                assert not is_valid(with_signature(tokens[alg], joined(*bad, length)), alg)


@pytest.mark.threat("EC-001", "EC-004")
@pytest.mark.parametrize("alg", ECDSA)
def test_der_is_not_the_form_of_a_signature(alg, tokens):
    """JOSE has r and s side by side; padding each half is no form either."""
    size = ECDSA[alg]
    der = key(alg).native_private.sign(tokens[alg].rpartition(".")[0].encode(), ec.ECDSA(hashes.SHA256()))
    assert not is_valid(with_signature(tokens[alg], der), alg)
    r, s = halves(tokens[alg], size)
    for other in (b"\0" + r + b"\0" + s, r[1:] + s[1:], der.ljust(2 * size, b"\0")[: 2 * size]):
        assert not is_valid(with_signature(tokens[alg], other), alg)


@pytest.mark.threat("EC-007")
@pytest.mark.parametrize("alg", ECDSA)
def test_the_twin_of_an_ecdsa_signature_is_the_same_token(alg, tokens):
    """(r, n - s) holds as well, for the same payload: so nothing may be remembered by a token's text."""
    size, order = ECDSA[alg], public(alg).native_public.curve.group_order
    r, s = (int.from_bytes(half, "big") for half in halves(tokens[alg], size))
    twin = with_signature(tokens[alg], joined(r, order - s, size))
    assert twin != tokens[alg]
    assert is_valid(twin, alg)


@pytest.mark.threat("EC-012")
@pytest.mark.parametrize("alg", ECDSA)
def test_ecdsa_draws_no_dice(alg):
    """RFC 6979: no r comes twice for two messages, and one message gives one signature."""
    try:
        ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    except Exception as reason:  # noqa: BLE001
        pytest.skip(str(reason))
    count = 10_000 if alg == "ES256" else 300
    texts = [jws.sign(str(number).encode(), key(alg)) for number in range(count)]
    assert len({signature_of(text)[: ECDSA[alg]] for text in texts}) == count
    assert jws.sign(b"0", key(alg)) == texts[0]


def test_the_nonce_is_that_of_rfc_6979():
    """§A.2.5, P-256, SHA-256, the message "sample"."""
    number = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
    private = ec.derive_private_key(number, ec.SECP256R1())
    assert ALGORITHMS["ES256"].sign(private, b"sample").hex().upper() == (
        "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
        "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
    )


@pytest.mark.threat("ED-003")
@pytest.mark.parametrize(
    ("alg", "order"),
    [
        ("Ed25519", 2**252 + 27742317777372353535851937790883648493),
        ("Ed448", 2**446 - 13818066809895115352007386748515426880336692474882178609894547503885),
    ],
)
def test_the_second_half_of_an_eddsa_signature_is_canonical(alg, order, tokens):
    """S + L is the same number modulo L, and another text."""
    signature = signature_of(tokens[alg])
    half = 32 if alg == "Ed25519" else 57
    s = int.from_bytes(signature[half:], "little")
    for times in (1, 2, 4):
        if s + times * order < 1 << (8 * half):
            other = signature[:half] + (s + times * order).to_bytes(half, "little")
            assert not is_valid(with_signature(tokens[alg], other), alg)


@pytest.mark.threat("RSA-001", "RSA-002", "RSA-003")
@pytest.mark.parametrize("alg", ["RS256", "PS256"])
def test_an_rsa_signature_is_a_number_below_the_modulus(alg, tokens):
    """In as many octets as the modulus has."""
    n = public(alg).native_public.public_numbers().n
    s = int.from_bytes(signature_of(tokens[alg]), "big")
    for other in (s + n, s + 2 * n, n - s, 0, 1, n - 1, n, n + 1):
        for length in (256, 257):
            if other < 1 << (8 * length):
                assert not is_valid(with_signature(tokens[alg], other.to_bytes(length, "big")), alg)


@pytest.mark.threat("RSA-010")
def test_the_padding_of_pkcs1_is_checked_whole():
    """Garbage behind the hash, a padding too short, no NULL, another hash: each signed by the real key."""
    private = key("RS256").native_private.private_numbers()
    n = private.public_numbers.n
    signing_input = forged(PAYLOAD, alg="RS256").rpartition(".")[0]
    digest = hashes.Hash(hashes.SHA256())
    digest.update(signing_input.encode())
    hashed = digest.finalize()
    info = bytes.fromhex("3031300d060960864801650304020105000420")
    without_null = bytes.fromhex("302f300b0609608648016503040201") + b"\x04\x20"
    sha1 = bytes.fromhex("3021300906052b0e03021a05000414")

    def signed(block: bytes) -> str:
        number = pow(int.from_bytes(block, "big"), private.d, n)
        return f"{signing_input}.{b64u_encode(number.to_bytes(256, 'big'))}"

    def padded(tail: bytes, filler: bytes = b"\xff", start: bytes = b"\x00\x01") -> bytes:
        return start + filler * (256 - len(start) - 1 - len(tail)) + b"\x00" + tail

    assert is_valid(signed(padded(info + hashed)), "RS256")
    for block in (
        (b"\x00\x01" + b"\xff" * 8 + b"\x00" + info + hashed).ljust(256, b"\x00"),
        padded(info + hashed + b"\x00"),
        padded(without_null + hashed),
        padded(sha1 + hashed[:20]),
        padded(info + hashed, filler=b"\xfe"),
        padded(info + hashed, start=b"\x00\x02"),
        padded(hashed),
        padded(info.replace(b"\x30\x31", b"\x30\x81\x31") + hashed),
    ):
        assert not is_valid(signed(block), "RS256")


@pytest.mark.threat("RSA-011")
def test_the_salt_of_pss_is_as_long_as_the_hash():
    """Neither shorter, nor as long as it can be; and the mask is made with the same hash."""
    signing_input = forged(PAYLOAD, alg="PS256").rpartition(".")[0]
    private, sha256 = key("PS256").native_private, hashes.SHA256()
    for mask, salt in (
        (sha256, 0),
        (sha256, 20),
        (sha256, 31),
        (sha256, 33),
        (sha256, padding.PSS.MAX_LENGTH),
        (hashes.SHA1(), 32),
        (hashes.SHA384(), 32),
    ):
        signature = private.sign(signing_input.encode(), padding.PSS(padding.MGF1(mask), salt), sha256)
        assert not is_valid(f"{signing_input}.{b64u_encode(signature)}", "PS256")


@pytest.mark.threat("ALG-016")
@pytest.mark.parametrize(
    ("claimed", "by"), [("RS256", "PS256"), ("PS256", "RS256"), ("RS256", "RS512"), ("HS256", "HS512")]
)
def test_a_signature_of_another_scheme_does_not_hold(claimed, by):
    """By the very same RSA key."""
    with pytest.raises(BadSignature):
        jws.verify(forged(PAYLOAD, alg=claimed, by=by), public(claimed), algorithms={claimed})


@pytest.mark.threat("CONF-001", "CONF-002", "CONF-003")
@pytest.mark.parametrize("alg", [alg for alg in ALGS if not alg.startswith("HS")])
def test_a_public_key_is_never_a_secret_for_a_mac(alg):
    """A token by HS256, keyed with what the public key looks like, is refused for its alg."""
    for octets in (public(alg).to_pem(), b64u_decode(str(public(alg).to_dict().get("x", "AA")))):
        signing_input = forged(PAYLOAD, alg="HS256", header={"kid": public(alg).kid}).rpartition(".")[0]
        mac = ALGORITHMS["HS256"].sign(octets, signing_input.encode())
        with pytest.raises(AlgorithmRefused):
            jws.verify(f"{signing_input}.{b64u_encode(mac)}", public(alg), algorithms=EVERYTHING)


@pytest.mark.threat("ALG-018")
@pytest.mark.parametrize("alg", ["Ed25519", "Ed448"])
def test_eddsa_is_read_where_it_is_named(alg):
    """For the curve of the key; the newer name is not allowed by the older one, and a key writes its own."""
    old = forged(PAYLOAD, header={"alg": "EdDSA"}, by=alg)
    assert jws.verify(old, public(alg), algorithms={"EdDSA"}).payload == PAYLOAD
    assert f'"alg":"{alg}"'.encode() in b64u_decode(jws.sign(PAYLOAD, key(alg)).split(".")[0])
    for text, allowed in ((old, {alg}), (jws.sign(PAYLOAD, key(alg)), {"EdDSA"})):
        with pytest.raises(AlgorithmRefused):
            jws.verify(text, public(alg), algorithms=allowed)


@pytest.mark.threat("ALG-018")
@pytest.mark.parametrize("crv", ["Ed25519", "Ed448"])
def test_a_key_by_the_older_name_never_answers_to_the_newer(crv):
    """Whatever the caller allows: a key has one algorithm."""
    older = Key.generate("EdDSA", crv=crv, kid="older")
    text = jws.sign(PAYLOAD, older)
    assert jws.verify(text, older.public(), algorithms=EVERYTHING).header["alg"] == "EdDSA"
    newer = Key.from_dict({**older.to_dict(private=True), "alg": crv})
    with pytest.raises(AlgorithmRefused):
        jws.verify(jws.sign(PAYLOAD, newer), older.public(), algorithms=EVERYTHING)
    with pytest.raises(AlgorithmRefused):
        jws.verify(text, older.public(), algorithms={crv})


@pytest.mark.threat("ALG-018")
def test_eddsa_by_the_other_curve_does_not_hold():
    """The key's curve decides, and the lengths differ."""
    for alg, other in (("Ed25519", "Ed448"), ("Ed448", "Ed25519")):
        with pytest.raises(BadSignature):
            jws.verify(forged(PAYLOAD, header={"alg": "EdDSA"}, by=alg), public(other), algorithms={"EdDSA"})


@pytest.mark.threat("ED-005", "KEY-001")
@pytest.mark.parametrize("alg", ["ECDH-ES", "RSA-OAEP", "A256KW", "dir"])
def test_keys_for_encryption_neither_sign_nor_verify(alg):
    """Whatever their type and curve."""
    agreeing = Key.generate(alg, size=2048 if alg.startswith("RSA") else None, kid="x")
    with pytest.raises(KeyUnusableError):
        jws.sign(b"", agreeing)
    with pytest.raises(AlgorithmRefused):
        jws.verify(forged(header={"kid": "x"}), agreeing, algorithms=EVERYTHING)


@pytest.mark.threat("SIG-006")
@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
def test_a_mac_is_compared_in_constant_time(alg, monkeypatch):
    """By the one function that is made for it, with octets of one length."""
    result = []
    honest = signatures.compare_digest
    assert honest is hmac.compare_digest
    monkeypatch.setattr(
        signatures, "compare_digest", lambda item, two: result.append((item, two)) or honest(item, two)
    )
    assert is_valid(forged(PAYLOAD, alg=alg), alg)
    assert not is_valid(with_signature(forged(PAYLOAD, alg=alg), bytes(LENGTHS[alg])), alg)
    assert [(len(item), len(two)) for item, two in result] == [(LENGTHS[alg], LENGTHS[alg])] * 2


def halves(text: str, size: int) -> tuple[bytes, bytes]:
    """Return r and s."""
    return signature_of(text)[:size], signature_of(text)[size:]


def joined(r: int, s: int, size: int) -> bytes:
    """Return the octets of r and s."""
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def test_openssl_agrees_on_r_and_s():
    """What we write side by side is what it has in DER."""
    der = key("ES512").native_private.sign(b"x", ec.ECDSA(hashes.SHA512(), deterministic_signing=True))
    assert joined(*decode_dss_signature(der), 66) == ALGORITHMS["ES512"].sign(
        key("ES512").native_private, b"x"
    )
