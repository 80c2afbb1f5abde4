"""PEM in and out (RFC 7468). What comes in leaves as a JWK: there is one place where keys are judged."""

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

from .jwa.key_types import KEY_TYPES, Material, Native
from .jwa.key_types.elliptic import NAMES
from .jwa.key_types.octet_pairs import CURVES, name_of

MAX_OCTETS: Final = 64 * 1024

_BEGIN: Final = b"-----BEGIN "
_END: Final = b"-----END "
_LINE_END: Final = b"-----"

_PUBLIC: Final = frozenset({b"PUBLIC KEY", b"RSA PUBLIC KEY"})
_PRIVATE: Final = frozenset({b"PRIVATE KEY", b"ENCRYPTED PRIVATE KEY", b"RSA PRIVATE KEY", b"EC PRIVATE KEY"})
_MENDS: Final = {
    b"CERTIFICATE": "a certificate: take the key out with `openssl x509 -pubkey -noout -in FILE`",
    b"OPENSSH PRIVATE KEY": "an OpenSSH key: turn it into PEM with `ssh-keygen -p -m PKCS8 -f FILE`",
}


def read(pem: bytes | str, password: bytes | str | None) -> dict[str, object]:
    """Return the key in `pem` as a JWK; raise `KeyUnusableError` unless it is one key and nothing else."""
    text = _one_object(pem)
    label = text[len(_BEGIN) : text.index(_LINE_END, len(_BEGIN))]
    if label not in _PUBLIC | _PRIVATE:
        raise KeyUnusableError(f"the PEM is {_MENDS.get(label, 'neither a public nor a private key')}")
    if label in _PUBLIC:
        if password is not None:
            raise KeyUnusableError("the PEM is a public key, which has no password: leave it out")
        return _jwk(_material(_load(load_pem_public_key, text)))
    secret = password.encode() if isinstance(password, str) else password
    private = _load(lambda octets: load_pem_private_key(octets, secret), text)
    return _jwk(_material(private.public_key(), private))


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


def _one_object(pem: bytes | str) -> bytes:
    if not isinstance(pem, bytes | str):
        raise KeyUnusableError("a PEM is text")
    if len(pem) > MAX_OCTETS or not pem.isascii():
        raise KeyUnusableError(f"a PEM is ASCII, of {MAX_OCTETS} octets at most: is this the right file?")
    text = (pem.encode("ascii") if isinstance(pem, str) else pem).strip()
    last = text.rsplit(b"\n", 1)[-1]
    if text.count(_BEGIN) != 1 or text.count(_END) != 1:
        raise KeyUnusableError("not exactly one PEM object: keep one key's lines from BEGIN to END")
    if not (text.startswith(_BEGIN) and last.startswith(_END) and last.endswith(_LINE_END)):
        raise KeyUnusableError("text around the PEM object: keep only the lines from BEGIN to END")
    return text


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
