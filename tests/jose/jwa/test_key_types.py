"""Which key material is refused, type by type, and that sound keys come back as they went out."""

import base64
import itertools
import json
import math
import secrets

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption as Password
from cryptography.hazmat.primitives.serialization import Encoding, PrivateFormat, PublicFormat
from cryptography.hazmat.primitives.serialization import NoEncryption as Open

from django_jwtkit import moments
from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose import Key, KeySet
from django_jwtkit.jose.jwa.key_types.points import P448, P25519, SOUND
from django_jwtkit.jose.jwa.key_types.shape import integer_text
from django_jwtkit.jose.wire.encoding import b64u_decode, b64u_encode
from tests.jose.signing import key, public


def refuse(jwk: dict[str, object], match: str | None = None, **options: object) -> None:
    """Demand that the JWK is refused, with one line that says why."""
    with pytest.raises(KeyUnusableError, match=match) as refusal:
        Key.from_dict(jwk, **options)
    assert "\n" not in str(refusal.value)


def rsa_jwk(n: int, e: int = 65537, **more: object) -> dict[str, object]:
    """Return an RSA public key of these numbers."""
    return {"kty": "RSA", "alg": "RS256", "n": integer_text(n), "e": integer_text(e), **more}


@pytest.fixture(scope="module")
def numbers() -> rsa.RSAPrivateNumbers:
    """The numbers of a sound RSA key."""
    return key("RS256").native_private.private_numbers()


def next_prime(number: int) -> int:
    """Return a (very probable) prime a little above."""
    small = math.prod(range(3, 1000, 2))
    return next(
        n for n in itertools.count(number | 1, 2) if math.gcd(n, small) == 1 and pow(2, n - 1, n) == 1
    )


@pytest.mark.threat("RSA-004", "RSA-008", "DOS-013")
@pytest.mark.parametrize("bits", [512, 768, 1024, 2047, 8193, 16384])
def test_a_modulus_too_short_or_too_long_is_refused(bits):
    """The one can be factored, the other keeps a core busy at each verification."""
    refuse(rsa_jwk((1 << bits) - 1), "2048 to 8192 bits")


@pytest.mark.threat("RSA-004", "RSA-008")
@pytest.mark.parametrize("size", [512, 1024, 2047, 8193, 16384])
def test_rsa_keys_of_such_sizes_are_not_made_either(size):
    """The same bounds for `generate`."""
    with pytest.raises(KeyUnusableError, match="2048 to 8192"):
        Key.generate("RS256", size=size)


@pytest.mark.threat("RSA-004")
def test_a_new_rsa_key_has_3072_bits():
    """As strong as the curves."""
    assert Key.generate("PS256").native_public.key_size == 3072


@pytest.mark.threat("RSA-005", "RSA-008")
@pytest.mark.parametrize(
    "e", [0, 1, 2, 3, 17, 65535, 65538, 2**256 + 1, 2**8191 + 1], ids=lambda e: hex(e)[:12]
)
def test_a_bad_exponent_is_refused(numbers, e):
    """Small, even, or so long that it slows verification down."""
    refuse(rsa_jwk(numbers.public_numbers.n, e), "e must be odd")


@pytest.mark.threat("RSA-006")
def test_a_modulus_of_the_broken_generator_is_refused():
    """It shows the fingerprint of ROCA: a power of 65537 modulo each small prime."""
    primes = [p for p in range(3, 168) if all(p % q for q in range(2, p))]
    product = 2 * math.prod(primes)
    base = pow(65537, secrets.randbelow(10**6), product)
    candidates = (base + product * k for k in itertools.count((1 << 2047) // product + 1))
    small = math.prod(p for p in range(3, 1 << 12) if all(p % q for q in range(2, math.isqrt(p) + 1)))
    for n in itertools.islice((n for n in candidates if math.gcd(n, small) == 1), 200):
        with pytest.raises(KeyUnusableError) as refusal:
            Key.from_dict(rsa_jwk(n))
        if "ROCA" in str(refusal.value):
            return
    pytest.fail("no modulus was refused for the fingerprint")


@pytest.mark.threat("RSA-007")
@pytest.mark.parametrize("factor", [2, 3, 257, 65521])
def test_a_modulus_with_a_small_factor_is_refused(numbers, factor):
    """An even one to begin with."""
    refuse(rsa_jwk(numbers.public_numbers.n * factor), "easy to factor")


@pytest.mark.threat("RSA-007")
def test_a_modulus_of_equal_or_close_primes_is_refused(numbers):
    """Fermat finds them at once."""
    for q in (numbers.p, next_prime(numbers.p + 2), next_prime(numbers.p + (1 << 500))):
        refuse(rsa_jwk(numbers.p * q), "easy to factor")


@pytest.mark.threat("RSA-007")
def test_a_modulus_that_is_a_prime_or_a_power_is_refused(numbers):
    """Then everybody knows the private key."""
    refuse(rsa_jwk(next_prime((1 << 2048) - (1 << 1000))), "must be a product of two primes")
    refuse(rsa_jwk(next_prime((1 << 700) - (1 << 100)) ** 3), "must be a product of two primes")


@pytest.mark.threat("RSA-007")
def test_two_keys_of_a_set_do_not_share_a_prime(numbers):
    """The greatest common divisor would open both; the same key twice shares nothing."""
    other = rsa.generate_private_key(65537, 2048).private_numbers()
    item = Key.from_dict(rsa_jwk(numbers.p * other.p), kid="a")
    two = Key.from_dict(rsa_jwk(numbers.public_numbers.n), kid="b")
    with pytest.raises(KeyUnusableError, match="share a prime"):
        KeySet([item, two])
    assert KeySet([two, Key.from_dict(rsa_jwk(numbers.public_numbers.n), alg=None, kid="c")])


@pytest.mark.threat("RSA-009")
@pytest.mark.parametrize("name", ["d", "p", "q", "dp", "dq", "qi"])
def test_each_private_number_must_be_the_right_one(name):
    """They are recomputed, never believed."""
    jwk = key("RS256").to_dict(private=True)
    number = int.from_bytes(b64u_decode(jwk[name]), "big")
    for wrong in (number + 2, number - 2, 1, 0, number * 2 + 1):
        refuse(jwk | {name: integer_text(wrong)})
    if name != "d":
        refuse({other: value for other, value in jwk.items() if other != name}, "but not all")


@pytest.mark.threat("RSA-009")
def test_a_private_part_needs_its_d_and_two_primes_only():
    """No `oth`, not even an empty one."""
    jwk = key("RS256").to_dict(private=True)
    refuse(jwk | {"oth": [{"r": "AQ", "d": "AQ", "t": "AQ"}]}, "oth")
    refuse(jwk | {"oth": []}, "oth")
    refuse({name: value for name, value in jwk.items() if name != "d"}, "must have d")


def test_a_private_key_of_n_e_and_d_alone_is_read():
    """RFC 7518 §6.3.2 allows it; the primes follow."""
    jwk = key("RS256").to_dict(private=True)
    bare = {name: value for name, value in jwk.items() if name not in {"p", "q", "dp", "dq", "qi"}}
    assert Key.from_dict(bare).to_dict(private=True).keys() == jwk.keys()
    assert Key.from_dict(bare) == key("RS256")
    number = int.from_bytes(b64u_decode(jwk["d"]), "big")
    for wrong in (number + 2, 0, 1, number << 2048):
        refuse(bare | {"d": integer_text(wrong)})


@pytest.mark.threat("RSA-009")
def test_primes_far_apart_only(numbers):
    """A short d or primes with many leading digits in common are no accident."""
    q = next_prime(numbers.p + (1 << 880))
    d = pow(65537, -1, math.lcm(numbers.p - 1, q - 1))
    parts = {"d": d, "p": numbers.p, "q": q, "dp": d % (numbers.p - 1), "dq": d % (q - 1)}
    parts["qi"] = pow(q, -1, numbers.p)
    refuse(rsa_jwk(numbers.p * q, **{name: integer_text(part) for name, part in parts.items()}), "too close")


@pytest.mark.threat("RSA-009")
def test_primes_that_are_composite_are_refused():
    """All numbers fit one another, and yet it is no key."""
    p, q, r = (next_prime(secrets.randbits(bits) | 1 << (bits - 1)) for bits in (1100, 500, 520))
    d = pow(65537, -1, math.lcm(p - 1, q * r - 1))
    parts = {"d": d, "p": p, "q": q * r, "dp": d % (p - 1), "dq": d % (q * r - 1), "qi": pow(q * r, -1, p)}
    refuse(rsa_jwk(p * q * r, **{name: integer_text(part) for name, part in parts.items()}))


@pytest.mark.threat("KEY-020")
@pytest.mark.parametrize(
    ("alg", "name"),
    [
        ("HS256", "k"),
        ("RS256", "n"),
        ("RS256", "e"),
        ("RS256", "d"),
        ("ES256", "x"),
        ("ES256", "d"),
        ("Ed25519", "x"),
        ("Ed448", "d"),
        ("ML-DSA-44", "pub"),
        ("ML-DSA-44", "priv"),
    ],
)
def test_members_are_canonical_base64url(alg, name):
    """As strict as a token; other types are refused as well."""
    jwk = key(alg).to_dict(private=True)
    for wrong in (
        jwk[name] + "=",
        jwk[name] + "\n",
        "+" + jwk[name][1:],
        "",
        1,
        None,
        ["AQAB"],
        jwk[name].encode(),
    ):
        refuse(jwk | {name: wrong})
    if name not in {"d", "priv"}:
        refuse({other: value for other, value in jwk.items() if other != name})


@pytest.mark.threat("KEY-020")
@pytest.mark.parametrize("name", ["n", "e", "d", "p"])
def test_rsa_numbers_come_without_leading_zeros(name):
    """A Base64urlUInt has one spelling (RFC 7518 §2), so a key has one thumbprint."""
    jwk = key("RS256").to_dict(private=True)
    refuse(jwk | {name: b64u_encode(b"\0" + b64u_decode(jwk[name]))}, "as few octets")


CURVES = {"ES256": 32, "ES384": 48, "ES512": 66, "ES256K": 32}


@pytest.mark.threat("EC-009")
@pytest.mark.parametrize("alg", CURVES)
def test_a_point_off_the_curve_is_refused(alg):
    """So is infinity in its guises, and a coordinate beyond the field."""
    jwk, size = key(alg).public().to_dict(), CURVES[alg]
    y = int.from_bytes(b64u_decode(jwk["y"]), "big")
    refuse(jwk | {"y": integer_text(y ^ 1, size)}, "not on")
    refuse(jwk | {"x": integer_text(0, size), "y": integer_text(0, size)}, "not on")
    refuse(jwk | {"x": b64u_encode(b"\xff" * size)}, "not on")


@pytest.mark.threat("EC-009")
@pytest.mark.parametrize("alg", CURVES)
@pytest.mark.parametrize("name", ["x", "y", "d"])
def test_a_coordinate_is_as_long_as_the_field(alg, name):
    """Neither shorter, nor padded, nor a compressed point in its place."""
    jwk = key(alg).to_dict(private=True)
    octets = b64u_decode(jwk[name])
    for wrong in (octets[1:], b"\0" + octets, b"\x02" + octets, octets + octets, b""):
        refuse(jwk | {name: b64u_encode(wrong)}, "octets")


@pytest.mark.threat("EC-010")
@pytest.mark.parametrize(
    "alg", ["ES256", "ES384", "ES512", "ES256K", "Ed25519", "Ed448", "ECDH-ES", "ML-DSA-65"]
)
def test_a_private_part_must_belong_to_the_public_one(alg):
    """The public one is recomputed from it."""
    secret = "priv" if alg.startswith("ML") else "d"
    item, other = (Key.generate(alg).to_dict(private=True) for _ in range(2))
    refuse(item | {secret: other[secret]}, "does not belong")


@pytest.mark.threat("EC-010")
@pytest.mark.parametrize("alg", CURVES)
def test_a_private_number_lies_between_one_and_the_order(alg):
    """Zero and the order itself give no point."""
    jwk = key(alg).to_dict(private=True)
    order = key(alg).native_private.curve.group_order
    for number in (0, order, order + 1, (1 << (8 * CURVES[alg])) - 1):
        refuse(jwk | {"d": integer_text(number, CURVES[alg])}, "out of range")


@pytest.mark.threat("EC-011", "KEY-019")
@pytest.mark.parametrize(
    "crv", ["sect163k1", "P-192", "P-224", "brainpoolP256r1", "p-256", "Ed25519", "", None, 1]
)
def test_other_curves_are_unknown(crv):
    """Also the right name in another case, or a curve of another key type."""
    refuse(key("ES256").public().to_dict() | {"crv": crv}, "crv")


@pytest.mark.threat("EC-008")
@pytest.mark.parametrize(("alg", "other"), [("ES256", "ES384"), ("ES384", "ES512"), ("ES256", "ES256K")])
def test_a_curve_serves_its_own_algorithm_only(alg, other):
    """ES384 on P-256 does not exist in JOSE (RFC 7518 §3.4)."""
    refuse(key(alg).public().to_dict() | {"alg": other}, "does not fit")


@pytest.mark.threat("ED-005")
def test_the_curve_decides_between_signing_and_agreement():
    """An Ed25519 key agrees on nothing, an X25519 key signs nothing."""
    agreeing = Key.generate("ECDH-ES", crv="X25519").to_dict()
    for alg in ("Ed25519", "EdDSA", "ES256", "HS256"):
        refuse({"kty": "OKP", "crv": "X25519", "x": agreeing["x"]}, alg=alg)
    refuse(
        {"kty": "OKP", "crv": "Ed25519", "x": key("Ed25519").to_dict()["x"]}, "does not fit", alg="ECDH-ES"
    )


# RFC 7748 §4, RFC 8032 §5.1.3: all points whose order divides the cofactor, and their other spellings.
SMALL_25519 = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]
SMALL_X25519 = [
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    *(point for point in SMALL_25519 if not point.startswith(("c7", "26"))),
]


def pair(crv: str, octets: bytes) -> dict[str, object]:
    """Return the JWK of a public key of these octets."""
    return {"kty": "OKP", "crv": crv, "x": b64u_encode(octets), "alg": "ECDH-ES" if crv[0] == "X" else crv}


@pytest.mark.threat("ED-004")
@pytest.mark.parametrize("sign", [0, 0x80])
@pytest.mark.parametrize("point", SMALL_25519)
def test_an_ed25519_key_of_small_order_is_refused(point, sign):
    """All 14 encodings: under some of them one signature fits every message."""
    octets = bytearray.fromhex(point)
    octets[-1] |= sign
    refuse(pair("Ed25519", bytes(octets)), "valid point")


@pytest.mark.threat("ED-004")
@pytest.mark.parametrize("sign", [0, 0x80])
@pytest.mark.parametrize("y", [0, 1, P448 - 1, P448, P448 + 1])
def test_an_ed448_key_of_small_order_is_refused(y, sign):
    """The points of order 1, 2 and 4, and their second spellings."""
    refuse(pair("Ed448", y.to_bytes(56, "little") + bytes([sign])), "valid point")


@pytest.mark.threat("ED-004", "JWE-054")
@pytest.mark.parametrize("sign", [0, 0x80])
@pytest.mark.parametrize("point", SMALL_X25519)
def test_an_x25519_key_of_small_order_is_refused(point, sign):
    """Every exchange with it gives zero; RFC 7748 ignores the last bit, we do not."""
    octets = bytearray.fromhex(point)
    octets[-1] |= sign
    refuse(pair("X25519", bytes(octets)), "valid point")


@pytest.mark.threat("ED-004")
@pytest.mark.parametrize("u", [0, 1, P448 - 1, P448, P448 + 1, 2**448 - 1])
def test_an_x448_key_of_small_order_is_refused(u):
    """And one beyond the field."""
    refuse(pair("X448", u.to_bytes(56, "little")), "valid point")


@pytest.mark.threat("ED-004", "EC-009")
def test_half_of_all_octets_are_no_edwards_point():
    """cryptography imports them all; a key off the curve would verify nothing, or worse."""
    for crv, size, prime in (("Ed25519", 32, P25519), ("Ed448", 57, P448)):
        sound = [SOUND[crv](y.to_bytes(size, "little")) for y in range(2, 66)]
        assert 16 < sum(sound) < 48
        assert not any(SOUND[crv]((prime + y).to_bytes(size, "little")) for y in range(19))


@pytest.mark.parametrize(
    ("alg", "crv"), [("Ed25519", None), ("Ed448", None), ("ECDH-ES", "X25519"), ("ECDH-ES", "X448")]
)
def test_real_points_are_sound(alg, crv):
    """The checks cost no honest key."""
    for _ in range(50):
        new_key = Key.generate(alg, crv=crv)
        assert Key.from_dict(new_key.to_dict()) == new_key.public()


@pytest.mark.threat("ED-004")
@pytest.mark.parametrize("alg", ["Ed25519", "Ed448", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"])
def test_octets_come_in_one_length(alg):
    """Both halves."""
    jwk = key(alg).to_dict(private=True)
    for name in {"x", "d", "pub", "priv"} & jwk.keys():
        for wrong in (b64u_decode(jwk[name])[:-1], b64u_decode(jwk[name]) + b"\0", b""):
            refuse(jwk | {name: b64u_encode(wrong)}, "octets")


def test_an_akp_key_names_its_algorithm_itself():
    """RFC 9964 §3: alg is what a curve is elsewhere."""
    jwk = key("ML-DSA-44").to_dict()
    refuse({name: value for name, value in jwk.items() if name != "alg"}, "AKP", alg="ML-DSA-44")
    refuse(jwk | {"alg": "ML-DSA-65"}, "octets")
    refuse(jwk | {"alg": "ES256"}, "does not fit")


def secret(octets: bytes, alg: str = "HS256") -> dict[str, object]:
    """Return the JWK of a secret."""
    return {"kty": "oct", "alg": alg, "k": b64u_encode(octets)}


@pytest.mark.threat("KEY-003", "CONF-010")
@pytest.mark.parametrize(("alg", "size"), [("HS256", 32), ("HS384", 48), ("HS512", 64)])
def test_a_secret_is_at_least_as_long_as_the_hash(alg, size):
    """RFC 7518 §3.2; there is no mode that only warns."""
    for length in (0, 1, 16, size - 1, 1025):
        refuse(secret(secrets.token_bytes(length), alg), "octets")
        with pytest.raises(KeyUnusableError):
            Key.generate(alg, size=length)
    assert len(Key.generate(alg).native_private) == size
    assert len(Key.from_dict(secret(secrets.token_bytes(size), alg)).native_private) == size


@pytest.mark.threat("CONF-011", "KEY-005")
@pytest.mark.parametrize(
    "octets",
    [
        bytes(32),
        b"\xff" * 64,
        b"a" * 40,
        b"secret" * 8,
        b"0123456789abcdef" * 2,
        b"django-insecure-" + b"x" * 40,
    ],
)
def test_a_constant_a_pattern_and_a_development_secret_are_refused(octets):
    """They are in every list of guesses."""
    refuse(secret(octets))


@pytest.mark.threat("CONF-012")
@pytest.mark.parametrize(
    "name",
    [
        "/etc/ssl/private/jwt-signing.example.org.key",
        "file:///etc/jwt/keys/signing-key-2026.bin",
        "../keys/../private/of/the/service/one",
        "C:\\Users\\Service\\keys\\signing-key-2026",
        "d:/Schlüssel/des Dienstes/für 2026/geheim",
        "signing-key-of-the-production-service.pem",
        "~/keys/of/the/production/service",
        "config/secrets/Jwt Signing Key 2026.json",
    ],
)
def test_the_name_of_a_file_is_no_secret(name):
    """The setting held the path, and the path became the key."""
    assert len(name) >= 32
    refuse(secret(name.encode()), "name of a file")


def test_random_secrets_are_never_taken_for_something_else():
    """In octets, in hexadecimal, in both base64 alphabets."""
    for _ in range(500):
        octets = secrets.token_bytes(48)
        for text in (
            octets,
            octets.hex().encode(),
            base64.b64encode(octets),
            base64.urlsafe_b64encode(octets),
        ):
            assert Key.from_dict(secret(text))
    for first in b"/~.0-":
        assert Key.from_dict(secret(bytes([first]) + base64.b64encode(secrets.token_bytes(32))))
    for start in (b"L:\\", b"q:/"):  # by chance, as five secrets in a million do
        assert Key.from_dict(secret(start + secrets.token_bytes(32)))


def spellings(alg: str) -> dict[str, bytes]:
    """Return everything that a public or private key may look like when somebody mistakes it for a secret."""
    native, private = public(alg).native_public, key(alg).native_private
    spki = PublicFormat.SubjectPublicKeyInfo
    pem, der = native.public_bytes(Encoding.PEM, spki), native.public_bytes(Encoding.DER, spki)
    jwk = json.dumps(public(alg).to_dict()).encode()
    result = {
        "PEM": pem,
        "PEM without its last newline": pem.strip(),
        "PEM with CRLF": pem.replace(b"\n", b"\r\n"),
        "PEM after a space": b" " + pem,
        "PEM after a BOM": b"\xef\xbb\xbf" + pem,
        "DER": der,
        "base64 of DER": base64.b64encode(der),
        "base64url of DER": base64.urlsafe_b64encode(der).rstrip(b"="),
        "JWK": jwk,
        "indented JWK after a BOM": b"\xef\xbb\xbf" + json.dumps(public(alg).to_dict(), indent=2).encode(),
        "JWK Set": b'{"keys":[' + jwk + b"]}",
        "list of JWKs": b"[" + jwk + b"]",
        "private PEM": private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, Open()),
        "private DER": private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, Open()),
        "encrypted private DER": private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, Password(b"x")),
    }
    if alg[:2] in {"RS", "ES", "Ed"} and alg not in {"ES256K", "Ed448"}:
        result["OpenSSH"] = native.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        result["OpenSSH blob"] = base64.b64decode(result["OpenSSH"].split()[1])
        result["OpenSSH private"] = private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, Open())
    if alg == "RS256":
        result["PKCS #1 PEM"] = native.public_bytes(Encoding.PEM, PublicFormat.PKCS1)
        result["PKCS #1 DER"] = native.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return result


@pytest.mark.threat("CONF-001", "CONF-002", "CONF-005")
@pytest.mark.parametrize("alg", ["RS256", "ES256", "ES512", "ES256K", "Ed25519", "Ed448"])
def test_a_key_pair_in_any_spelling_is_no_secret(alg):
    """The classic confusion: HS256 keyed with what everybody can read."""
    for name, octets in spellings(alg).items():
        with pytest.raises(KeyUnusableError) as refusal:
            Key.from_dict(secret(octets[:1024] if octets.startswith(b"\x00\x00") else octets))
        assert str(refusal.value).startswith("the secret"), name


@pytest.mark.threat("CONF-005")
def test_a_certificate_is_no_secret():
    """Neither as PEM nor as DER."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "example.org")])
    now = moments.now()
    builder = x509.CertificateBuilder(name, name, private.public_key(), 1, now, now)
    certificate = builder.sign(private, hashes.SHA256())
    for encoding in (Encoding.PEM, Encoding.DER):
        refuse(secret(certificate.public_bytes(encoding)), "key or certificate")


@pytest.mark.threat("CONF-004")
def test_an_rsa_key_has_nothing_to_hash_with():
    """The type fixes the family: without k there is no secret, with another alg there is no key."""
    jwk = {name: value for name, value in public("RS256").to_dict().items() if name not in {"alg", "use"}}
    refuse(jwk, "has no alg")
    refuse(jwk, "does not fit", alg="HS256")
    refuse(jwk | {"kty": "oct"}, "'k'", alg="HS256")
    refuse(jwk | {"crv": "P-256"}, "does not fit", alg="ES256")
    refuse(jwk | {"crv": "Ed25519"}, alg="EdDSA")


@pytest.mark.threat("CONF-003")
def test_a_raw_ed25519_key_in_a_set_of_secrets_is_still_a_secret_of_its_own():
    """32 octets look like a perfect secret; that is why no key is ever chosen by what the header says."""
    raw = b64u_decode(key("Ed25519").to_dict()["x"])
    mac = Key.from_dict(secret(raw), kid="mac")
    assert mac.kty == "oct"
    assert mac.alg == "HS256" != key("Ed25519").alg
