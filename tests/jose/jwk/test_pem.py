"""PEM in and out: one key, nothing around it."""

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose import Key
from django_jwtkit.jose.jwa import FITS
from tests.jose.signing import ALGS, key, public

PAIRS = [alg for alg in ALGS if not alg.startswith("HS")]


def refuse(pem: object, match: str, alg: str = "ES256", password: object = None) -> None:
    """Demand a refusal in one line."""
    with pytest.raises(KeyUnusableError, match=match) as refusal:
        Key.from_pem(pem, alg=alg, password=password)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("alg", PAIRS)
def test_both_halves_go_out_and_come_back(alg):
    """The public key as SubjectPublicKeyInfo, the private one as PKCS #8; as octets or as text."""
    item = key(alg)
    assert b"PUBLIC KEY" in item.to_pem()
    assert Key.from_pem(item.to_pem(), alg=alg, kid=item.kid) == item.public()
    assert Key.from_pem(item.to_pem(private=True).decode(), alg=alg, kid=item.kid) == item
    assert Key.from_pem(item.to_pem(), alg=alg).kid is None


@pytest.mark.parametrize("crv", ["P-256", "X25519", "X448"])
def test_keys_for_encryption_too(crv):
    """Each on its curve."""
    item = Key.generate("ECDH-ES", crv=crv)
    assert Key.from_pem(item.to_pem(private=True), alg="ECDH-ES", kid=item.kid) == item


def test_a_private_pem_opens_with_its_password():
    """Given as octets or as text."""
    item = key("ES256")
    pem = item.to_pem(private=True, password="geheim")
    assert b"ENCRYPTED PRIVATE KEY" in pem
    assert Key.from_pem(pem, alg="ES256", kid=item.kid, password=b"geheim") == item


@pytest.mark.threat("KEY-021")
def test_a_wrong_password_is_told_from_none():
    """Either way it is one line that helps."""
    pem = key("ES256").to_pem(private=True, password="geheim")
    refuse(pem, "wrong password", password="falsch")
    refuse(pem, "no password was given")
    refuse(key("ES256").to_pem(private=True), "other way round", password="geheim")
    refuse(key("ES256").to_pem(), "password must be left out", password="geheim")


@pytest.mark.parametrize("wrong", [{"password": "x"}, {"private": True, "password": ""}])
def test_a_password_that_protects_nothing_is_refused(wrong):
    """Nobody should believe that a key is sealed when it is not."""
    with pytest.raises(KeyUnusableError, match="password"):
        key("ES256").to_pem(**wrong)


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
@pytest.mark.parametrize(
    "encryption", [NoEncryption(), BestAvailableEncryption(b"geheim")], ids=["open", "sealed"]
)
def test_the_traditional_forms_are_read(alg, encryption):
    """RSA PRIVATE KEY and EC PRIVATE KEY, sealed in the old way or not."""
    pem = key(alg).native_private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, encryption)
    password = None if isinstance(encryption, NoEncryption) else "geheim"
    assert Key.from_pem(pem, alg=alg, kid=key(alg).kid, password=password) == key(alg)


def test_the_traditional_public_form_is_read():
    """RSA PUBLIC KEY, from PKCS #1."""
    pem = public("RS256").native_public.public_bytes(Encoding.PEM, PublicFormat.PKCS1)
    assert Key.from_pem(pem, alg="RS256", kid="x").thumbprint() == public("RS256").thumbprint()


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"", b"\n\n  \n"])
def test_line_endings_do_not_matter(ending):
    """Nor does white space around the object."""
    pem = b"\n" + key("ES256").to_pem().strip().replace(b"\n", b"\r\n") + ending
    assert Key.from_pem(pem, alg="ES256").thumbprint() == key("ES256").thumbprint()


@pytest.mark.threat("KEY-021")
def test_it_is_exactly_one_object():
    """Two keys, a key with its parameters, text before or behind: which one was meant?"""
    pem, private = key("ES256").to_pem(), key("ES256").to_pem(private=True)
    refuse(pem + pem, "exactly one")
    refuse(private + pem, "exactly one")
    refuse(
        b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + private,
        "exactly one",
    )
    refuse(b"my key:\n" + pem, "text around")
    refuse(pem + b"trailing", "text around")
    refuse(pem + b"-----", "text around")
    refuse(b"", "exactly one")
    refuse(b"-----BEGIN PUBLIC KEY-----", "exactly one")


CERTIFICATE = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


@pytest.mark.threat("KEY-021")
def test_other_objects_are_refused_with_the_way_out():
    """A certificate is not a key, an OpenSSH key is not a PEM of ours."""
    refuse(CERTIFICATE, "openssl x509 -pubkey")
    ssh = key("ES256").native_private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    refuse(ssh, "ssh-keygen")
    refuse(CERTIFICATE.replace(b"CERTIFICATE", b"DH PARAMETERS"), "neither")
    refuse(CERTIFICATE.replace(b"CERTIFICATE", b"PRIVATE KEY"), "cannot be read")
    refuse(CERTIFICATE.replace(b"CERTIFICATE", b"PUBLIC KEY"), "cannot be read")


@pytest.mark.parametrize(
    "pem", [None, 1, [], bytearray(b"x"), "é", b"\xff", "x" * 70_000], ids=lambda pem: repr(pem)[:20]
)
def test_what_is_no_pem_is_refused(pem):
    """Also the wrong file, whatever its size."""
    refuse(pem, "PEM")


@pytest.mark.threat("RSA-004", "EC-011")
def test_a_pem_is_judged_as_a_jwk_is():
    """A weak key, an unknown curve, another kind of key."""
    spki = PublicFormat.SubjectPublicKeyInfo
    weak = rsa.generate_private_key(65537, 1024)
    for native, match in (
        (ec.generate_private_key(ec.SECP224R1()), "no algorithm"),
        (dsa.generate_private_key(2048), "no algorithm"),
        (weak, "2048 to 8192"),
    ):
        refuse(native.public_key().public_bytes(Encoding.PEM, spki), match, alg="RS256")
    pem = weak.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    refuse(pem, "2048 to 8192", alg="RS256")


@pytest.mark.threat("ED-004")
def test_a_small_point_does_not_come_in_as_pem_either():
    """cryptography writes one readily."""
    spki = PublicFormat.SubjectPublicKeyInfo
    for kind, alg in ((ed25519.Ed25519PublicKey, "Ed25519"), (x25519.X25519PublicKey, "ECDH-ES")):
        identity = kind.from_public_bytes(b"\x01" + bytes(31))
        refuse(identity.public_bytes(Encoding.PEM, spki), "valid point", alg=alg)


@pytest.mark.parametrize("alg", FITS)
def test_a_pem_serves_only_algorithms_of_its_type(alg):
    """Whatever the caller asks for."""
    fits = FITS[alg].is_met_by("EC", "P-256")
    if fits:
        assert Key.from_pem(key("ES256").to_pem(), alg=alg).alg == alg
    else:
        refuse(key("ES256").to_pem(), "does not fit|AKP", alg=alg)
