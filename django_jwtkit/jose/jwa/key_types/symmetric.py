"""Octet sequences, kty "oct" (RFC 7518 §6.4), and checks for values that are not secrets.

The oldest attack on JWT uses a public value as the key of an HMAC: a public key in any encoding, the name of
a file, a constant (CVE-2015-9235 and its many successors).
"""

import binascii
import re
import secrets
from collections.abc import Callable
from pkgutil import resolve_name
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm

from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose.wire.encoding import b64u_encode

from .shape import KeyType, Material, Members, octets

MAX_OCTETS: Final = 1024

_BOM: Final = b"\xef\xbb\xbf"
_SSH: Final = re.compile(rb"(ssh-|ecdsa-sha2-|sk-ssh-|sk-ecdsa-|\x00\x00\x00.(ssh-|ecdsa-))", re.DOTALL)
_JSON: Final = re.compile(rb'[{\[].*"(kty|keys)"', re.DOTALL)
# Absolute and relative paths are recognised by lower-case names: base64 text may begin with a slash too, but
# over the length of a secret it always has capitals. After a drive letter there must be text: five in a
# million random secrets begin like such a path, and then continue with other octets.
_PATH: Final = re.compile(
    rb"file:.*|[A-Za-z]:[\\/]([\x20-\x7e]|[\xc2-\xf4][\x80-\xbf]{1,3})*|(~|\.{1,2})?(/[a-z0-9_.-]+)+"
    rb"|[\x21-\x7e ]+\.(pem|key|pub|crt|cer|der|p8|p12|jwks?|json|txt)"
)


def load(jwk: Members) -> Material:
    """Return the key in `jwk`. Raises `KeyUnusableError` for octets that are not a secret."""
    return material(octets(jwk, "k"))


def material(secret: bytes) -> Material:
    """Return `secret` as a key. Raises as `check_secret` does."""
    check_secret(secret)
    return Material("oct", None, secret, secret)


def check_secret(secret: bytes) -> None:
    """Raise `KeyUnusableError` for octets that are public or not random."""
    for problem, is_so in _PROBLEMS.items():
        if is_so(secret):
            raise KeyUnusableError(f"the secret {problem}: make one with Key.generate()")


def old_material(secret: bytes) -> Material:
    """Return a `secret` that may be weak and only verifies. Raises `KeyUnusableError` for a public key.

    Anyone who knows the octets of a public key could sign with them.
    """
    if not secret or _is_asymmetric(secret):
        raise KeyUnusableError("the secret must not be empty or the key of a key pair, which others know")
    return Material("oct", None, secret, secret)


def generate(alg: str, crv: str, size: int) -> Material:
    """Return a new key of `size` octets."""
    return material(secrets.token_bytes(size))


def _is_repetition(secret: bytes) -> bool:
    """Return whether `secret` repeats one octet or one phrase: then it occurs early in its double."""
    return (secret + secret).find(secret, 1) < len(secret)


def _is_der(secret: bytes) -> bool:
    if not secret.startswith(b"\x30"):  # a SEQUENCE, as all of them are
        return False
    return any(_can_load(loader, secret) for loader in _DER_LOADERS)


def _can_load(loader: str, secret: bytes) -> bool:
    load_one: Callable[[bytes, None], object] = resolve_name(loader)
    try:
        load_one(secret, None)  # without a password, or with the usual backend
    except TypeError:  # an encrypted private key
        return True
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def _is_asymmetric(secret: bytes) -> bool:
    text = secret.removeprefix(_BOM).strip()
    if b"-----BEGIN " in text or _SSH.match(text) or _JSON.match(text):
        return True
    # DER before `strip` too: its last octet may look like white space.
    return any(map(_is_der, (secret, text, _from_base64(text))))


def _from_base64(text: bytes) -> bytes:
    """Return the octets of `text` in either base64 alphabet, or none."""
    try:
        return binascii.a2b_base64(text.translate(bytes.maketrans(b"-_", b"+/")) + b"==")
    except ValueError:
        return b""


# By name: `cryptography.x509` takes 2 MB and 12 ms, and hardly any process meets such octets.
_DER_LOADERS: Final = (
    "cryptography.hazmat.primitives.serialization:load_der_public_key",
    "cryptography.hazmat.primitives.serialization:load_der_private_key",
    "cryptography.x509:load_der_x509_certificate",
)
_PROBLEMS: Final[dict[str, Callable[[bytes], object]]] = {
    f"is empty or longer than {MAX_OCTETS} octets": lambda secret: not 0 < len(secret) <= MAX_OCTETS,
    "is a constant or a pattern": _is_repetition,
    "is the key or certificate of a key pair, which others know": _is_asymmetric,
    "is the name of a file, not its content": _PATH.fullmatch,
    "is a SECRET_KEY that Django's startproject calls insecure": lambda secret: secret.startswith(
        b"django-insecure-"
    ),
}

OCT: Final = KeyType(
    kty="oct",
    identity=("k", "kty"),
    load=load,
    public_members=lambda material: {},
    private_members=lambda material: {"k": b64u_encode(material.private)},
    generate=generate,
)
