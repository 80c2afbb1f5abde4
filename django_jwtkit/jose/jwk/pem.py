"""Read and write PEM (RFC 7468). A PEM is turned into a JWK, so that all keys are checked in one place."""

import binascii
import re
from collections.abc import Callable
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose.jwa.key_types import KEY_TYPES, Material, Native
from django_jwtkit.jose.jwa.key_types.elliptic import NAMES
from django_jwtkit.jose.jwa.key_types.octet_pairs import CURVES, name_of
from django_jwtkit.wording import escape

from .der import CERTIFICATE, check_cost
from .mistaken import describe_no_pem

MAX_OCTETS: Final = 64 * 1024

_BEGIN: Final = b"-----BEGIN "
_END: Final = b"-----END "
_LINE_END: Final = b"-----"

_PUBLIC: Final = frozenset({b"PUBLIC KEY", b"RSA PUBLIC KEY"})
_PRIVATE: Final = frozenset({b"PRIVATE KEY", b"ENCRYPTED PRIVATE KEY", b"RSA PRIVATE KEY", b"EC PRIVATE KEY"})
_OBJECT: Final = re.compile(
    rb"-----BEGIN (?P<label>[A-Z0-9 ]{1,40})-----(?P<body>[^-]*(-[^-]+)*)-----END (?P=label)-----"
)
_LABEL: Final = re.compile(rb"-----BEGIN ([^-\n]{1,80})-----")

# `openssl ecparam -genkey` writes them before the key, which contains them as well.
_EC_PARAMETERS: Final = re.compile(
    rb"\A-----BEGIN EC PARAMETERS-----[A-Za-z0-9+/=\s]*-----END EC PARAMETERS-----\s*"
    rb"(?=-----BEGIN EC PRIVATE KEY-----)"
)
# The headers of a traditional encrypted key (RFC 1421 §4.6.1). No others are accepted, because the cost of
# such a key would not be checked.
_TRADITIONAL: Final = frozenset({b"RSA PRIVATE KEY", b"EC PRIVATE KEY"})
_ENCRYPTED: Final = re.compile(
    rb"\s*Proc-Type: 4,ENCRYPTED\r?\nDEK-Info: [A-Z0-9-]{1,40},[0-9A-Fa-f]{1,64}\r?\n\r?\n[A-Za-z0-9+/=\s]*"
)
_REMEDIES: Final = {
    b"CERTIFICATE": CERTIFICATE,
    b"TRUSTED CERTIFICATE": CERTIFICATE,
    b"CERTIFICATE REQUEST": (
        "a certificate request: extract the key with `openssl req -pubkey -noout -in FILE`"
    ),
    b"EC PARAMETERS": "the parameters of a curve: the key is missing",
    b"DSA PRIVATE KEY": "a DSA key, which JOSE has no algorithm for",
    b"OPENSSH PRIVATE KEY": "an OpenSSH key: turn it into PEM with `ssh-keygen -p -m PKCS8 -f FILE`",
}


def read(pem: bytes | str, password: bytes | str | None) -> dict[str, object]:
    """Return the key in `pem` as a JWK. Raises `KeyUnusableError` unless it is exactly one key."""
    label, body = _one_object(pem)
    if label not in _PUBLIC | _PRIVATE:
        raise KeyUnusableError(f"the PEM is {_REMEDIES.get(label, 'neither a public nor a private key')}")
    text = _normalise(label, body)
    if label in _PUBLIC:
        if password is not None:
            raise KeyUnusableError("password must be left out: the PEM is a public key")
        return _jwk(_material(_load(load_pem_public_key, text)))
    secret = password.encode() if isinstance(password, str) else password
    private = _load(lambda octets: _load_unproven(octets, secret), text)
    return _jwk(_material(private.public_key(), private))


def _load_unproven(text: bytes, password: bytes | None) -> Native:
    """Return the private key in `text`. The numbers of an RSA key are checked later, with its size."""
    return load_pem_private_key(text, password, unsafe_skip_rsa_key_validation=True)


def write(material: Material, private: bool, password: bytes | str | None) -> bytes:
    """Return `material` as SubjectPublicKeyInfo or, if `private`, as PKCS #8."""
    if not private:
        octets = material.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    else:
        octets = material.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, _encryption(password))
    return bytes(octets)


def _encryption(password: bytes | str | None) -> KeySerializationEncryption:
    if password is None:
        return NoEncryption()
    return BestAvailableEncryption(password.encode() if isinstance(password, str) else password)


def _one_object(pem: bytes | str) -> tuple[bytes, bytes]:
    """Return label and body of the only object in `pem`, ignoring the parameters before an EC key."""
    octets = _octets(pem)
    if (words := describe_no_pem(octets)) is not None:
        raise KeyUnusableError(f"not a readable PEM: {words}")
    text = _EC_PARAMETERS.sub(b"", octets.strip())
    if text.count(_BEGIN) != 1 or text.count(_END) != 1:
        raise KeyUnusableError(
            f"the PEM must be exactly one object{_labels(text)}: keep the lines from BEGIN to END of one key"
        )
    match = _OBJECT.fullmatch(text)
    if match is None:
        raise KeyUnusableError("text around the PEM object: keep only the lines from BEGIN to END")
    return match["label"], match["body"]


def _octets(pem: bytes | str) -> bytes:
    if not isinstance(pem, bytes | str):
        raise KeyUnusableError(f"a PEM must be bytes or str, got {type(pem).__name__}")
    if len(pem) > MAX_OCTETS:
        raise KeyUnusableError(f"a PEM must have at most {MAX_OCTETS} octets: is this the right file?")
    octets = pem.encode("utf-8", "surrogatepass") if isinstance(pem, str) else pem
    if not octets.isascii() and describe_no_pem(octets) is None:
        raise KeyUnusableError("a PEM must be ASCII: is this the right file?")
    return octets


def _labels(text: bytes) -> str:
    labels = [escape(label.decode("ascii"), 40) for label in _LABEL.findall(text)[:5]]
    return f", got {', '.join(labels)}" if len(labels) > 1 else ""


def _normalise(label: bytes, body: bytes) -> bytes:
    """Return the PEM encoded again after a check of its cost, so that nothing unchecked is parsed."""
    if label in _TRADITIONAL and _ENCRYPTED.fullmatch(body):  # it has one round of MD5
        return b"".join((_BEGIN, label, _LINE_END, body, _END, label, _LINE_END, b"\n"))
    try:
        der = binascii.a2b_base64(b"".join(body.split()), strict_mode=True)
    except ValueError as error:
        raise KeyUnusableError("the PEM cannot be read: damaged, its text is not base64") from error
    check_cost(der)
    lines = binascii.b2a_base64(der)
    return b"".join((_BEGIN, label, _LINE_END, b"\n", lines, _END, label, _LINE_END, b"\n"))


def _load(load: Callable[[bytes], Native], text: bytes) -> Native:
    try:
        return load(text)
    except TypeError as error:
        raise KeyUnusableError(
            "the private key is encrypted and no password was given, or the other way round"
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyUnusableError(
            "the PEM cannot be read: wrong password, or damaged, or an unknown kind of key"
        ) from error


def _material(public: Native, private: Native | None = None) -> Material:
    """Return the keys of cryptography with their key type and curve."""
    if isinstance(public, rsa.RSAPublicKey):
        return Material("RSA", None, public, private)
    if isinstance(public, ec.EllipticCurvePublicKey) and public.curve.name in NAMES:
        return Material("EC", NAMES[public.curve.name], public, private)
    name = name_of(public)
    if name is None:
        raise KeyUnusableError("the PEM holds a key that JOSE has no algorithm for")
    return (
        Material("OKP", name, public, private) if name in CURVES else Material("AKP", None, public, private)
    )


def _jwk(material: Material) -> dict[str, object]:
    row = KEY_TYPES[material.kty]
    jwk: dict[str, object] = {"kty": material.kty, **row.public_members(material)}
    if material.crv:
        jwk["crv"] = material.crv
    if material.kty == "AKP":
        jwk["alg"] = name_of(material.public)
    return jwk if material.private is None else jwk | row.private_members(material)
