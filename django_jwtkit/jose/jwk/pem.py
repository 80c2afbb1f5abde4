"""PEM in and out (RFC 7468). What comes in leaves as a JWK: there is one place where keys are judged."""

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

# openssl ecparam -genkey writes them before the key, which holds them as well.
_EC_PARAMETERS: Final = re.compile(
    rb"\A-----BEGIN EC PARAMETERS-----[A-Za-z0-9+/=\s]*-----END EC PARAMETERS-----\s*"
    rb"(?=-----BEGIN EC PRIVATE KEY-----)"
)
# The headers of a traditional encrypted key (RFC 1421 §4.6.1). No others are read: what follows would not
# have been judged.
_TRADITIONAL: Final = frozenset({b"RSA PRIVATE KEY", b"EC PRIVATE KEY"})
_ENCRYPTED: Final = re.compile(
    rb"\s*Proc-Type: 4,ENCRYPTED\r?\nDEK-Info: [A-Z0-9-]{1,40},[0-9A-Fa-f]{1,64}\r?\n\r?\n[A-Za-z0-9+/=\s]*"
)
_REMEDIES: Final = {
    b"CERTIFICATE": CERTIFICATE,
    b"TRUSTED CERTIFICATE": CERTIFICATE,
    b"CERTIFICATE REQUEST": (
        "a certificate request: take the key out with `openssl req -pubkey -noout -in FILE`"
    ),
    b"EC PARAMETERS": "the parameters of a curve: the key is missing",
    b"DSA PRIVATE KEY": "a DSA key, which JOSE has no algorithm for",
    b"OPENSSH PRIVATE KEY": "an OpenSSH key: turn it into PEM with `ssh-keygen -p -m PKCS8 -f FILE`",
}


def read(pem: bytes | str, password: bytes | str | None) -> dict[str, object]:
    """Return the key in `pem` as a JWK; raise `KeyUnusableError` unless it is one key and nothing else."""
    label, body = _one_object(pem)
    if label not in _PUBLIC | _PRIVATE:
        raise KeyUnusableError(f"the PEM is {_REMEDIES.get(label, 'neither a public nor a private key')}")
    text = _checked(label, body)
    if label in _PUBLIC:
        if password is not None:
            raise KeyUnusableError("the PEM is a public key, which has no password: leave it out")
        return _jwk(_material(_load(load_pem_public_key, text)))
    secret = password.encode() if isinstance(password, str) else password
    private = _load(lambda octets: _load_unproven(octets, secret), text)
    return _jwk(_material(private.public_key(), private))


def _load_unproven(text: bytes, password: bytes | None) -> Native:
    """Return the private key in `text`; the numbers of an RSA key are proven later, with its size."""
    return load_pem_private_key(text, password, unsafe_skip_rsa_key_validation=True)


def write(material: Material, private: bool, password: bytes | str | None) -> bytes:
    """Return `material` as SubjectPublicKeyInfo or, on demand, as PKCS #8."""
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
    """Return label and body of the one object in `pem`, not looking at the parameters before an EC key."""
    octets = _octets(pem)
    if (words := describe_no_pem(octets)) is not None:
        raise KeyUnusableError(f"not a PEM that can be read: {words}")
    text = _EC_PARAMETERS.sub(b"", octets.strip())
    if text.count(_BEGIN) != 1 or text.count(_END) != 1:
        raise KeyUnusableError(
            f"not exactly one PEM object{_labels(text)}: keep one key's lines from BEGIN to END"
        )
    found = _OBJECT.fullmatch(text)
    if found is None:
        raise KeyUnusableError("text around the PEM object: keep only the lines from BEGIN to END")
    return found["label"], found["body"]


def _octets(pem: bytes | str) -> bytes:
    if not isinstance(pem, bytes | str):
        raise KeyUnusableError(f"a PEM is text, got {type(pem).__name__}")
    if len(pem) > MAX_OCTETS:
        raise KeyUnusableError(f"a PEM has {MAX_OCTETS} octets at most: is this the right file?")
    octets = pem.encode("utf-8", "surrogatepass") if isinstance(pem, str) else pem
    if not octets.isascii() and describe_no_pem(octets) is None:
        raise KeyUnusableError("a PEM is ASCII: is this the right file?")
    return octets


def _labels(text: bytes) -> str:
    labels = [escape(label.decode("ascii"), 40) for label in _LABEL.findall(text)[:5]]
    return f" but {', '.join(labels)}" if len(labels) > 1 else ""


def _checked(label: bytes, body: bytes) -> bytes:
    """Return the PEM anew, its cost judged, so that nothing is read but what was judged."""
    if label in _TRADITIONAL and _ENCRYPTED.fullmatch(body):  # its one round of MD5 costs nothing
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
    """Return what cryptography has read, with its key type and curve."""
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
