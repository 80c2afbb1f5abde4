"""Describe a value that is not a key, and how to make a key of it.

The value itself is never repeated, because it may be a secret.
"""

import binascii
import re
from collections.abc import Callable, Mapping
from typing import Final

from .der import is_certificate, is_pkcs12

BEGIN: Final = b"-----BEGIN "

_BOM: Final = b"\xef\xbb\xbf"
_SSH: Final = re.compile(rb"(ssh-(rsa|dss|ed25519|ed448)|ecdsa-sha2-[a-z0-9-]+|sk-[a-z0-9@.-]+)\s")
_PATH: Final = re.compile(rb"(file:)?[\w~./\\: -]{1,255}\.(pem|key|pub|crt|cer|der|p8|p12|pfx|jwks?|json)")
_URL: Final = re.compile(rb"https?://\S{1,2000}")
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/_=\s-]{16,}")
_QUOTES: Final = frozenset({b"'", b'"', b"`"})
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")

_LOADS: Final = "it is JSON text: pass json.loads(…) of it"


def describe_no_pem(octets: bytes) -> str | None:
    """Return what `octets` are instead of a PEM, with the remedy, or None if that is unclear."""
    text = octets.strip()
    if octets.startswith(_UTF_16) or octets[1:2] == b"\0" == octets[3:4] or octets[:1] == b"\0":
        return "it is UTF-16: save it as UTF-8"
    if not octets.isascii():
        return next((words for words, is_so in _BINARIES.items() if is_so(octets)), None)
    if BEGIN in octets:
        return "; ".join(words for words, is_so in _DAMAGES.items() if is_so(text)) or None
    return next((words for words, is_so in _TEXTS.items() if is_so(text)), None)


def describe_no_set(value: object) -> str:
    """Return the fault of `value`, which is not a JWK Set."""
    expected = "a JWK Set must be an object with a list of JWKs, `keys`"
    if not isinstance(value, Mapping):
        return f"{expected}: {_describe(value)}"
    if "keys" in value:
        return expected
    if "kty" in value:
        return f"{expected}: it is a single JWK, for Key.from_dict"
    if "jwks_uri" in value:
        return f"{expected}: it is the metadata of an issuer, whose jwks_uri leads to the set"
    if any(isinstance(text, str) and text.lstrip().startswith("-----BEGIN") for text in value.values()):
        return f"{expected}: it is a set of certificates by kid; the issuer has a JWK Set at another address"
    return expected


def describe_no_jwk(value: object) -> str:
    """Return the fault of `value`, which is not a JWK."""
    expected = "a JWK must be a JSON object"
    if not isinstance(value, Mapping):
        return f"{expected}: {_describe(value)}"
    if "keys" in value:
        return f"{expected} of one key: it is a JWK Set, for KeySet.published or KeySet.from_dict"
    if "jwks_uri" in value:
        return f"{expected}: it is the metadata of an issuer, whose jwks_uri leads to its JWK Set"
    return expected


def _describe(value: object) -> str:
    if not isinstance(value, str | bytes | bytearray):
        return f"got {type(value).__name__}"
    text = value if isinstance(value, str) else bytes(value).decode("latin-1")
    if "-----BEGIN" in text:
        return "it is a PEM, for Key.from_pem"
    return _LOADS if text.lstrip().startswith(("{", "[")) else f"got {type(value).__name__}"


def _decode(text: bytes) -> bytes:
    """Return the octets of `text`, or none if it is not base64."""
    if not _BASE64.fullmatch(text):
        return b""
    try:
        plain = b"".join(text.split()).translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
        return binascii.a2b_base64(plain + b"=" * (-len(plain) % 4))
    except ValueError:
        return b""


_PEM_FROM_DER: Final = (
    "`openssl pkey -inform DER -in FILE -out FILE.pem` (with -pubin -pubout where it is a public key)"
)

# Faults of the text of a PEM.
_DAMAGES: Final[Mapping[str, Callable[[bytes], bool]]] = {
    "its line ends are written as the two characters \\n: put line ends in their place, in Python with "
    '.replace("\\\\n", "\\n"), in a shell with printf \'%b\'': lambda text: b"\\n" in text,
    "there are quotes around it: remove them": lambda text: text[:1] in _QUOTES or text[-1:] in _QUOTES,
    "its line ends are carriage returns alone: make them line feeds": lambda text: (
        b"\r" in text and b"\n" not in text
    ),
}

_Table = Mapping[str, Callable[[bytes], object]]
_JSON: Final = "it is JSON: a JWK is for Key.from_dict, a JWK Set for KeySet.from_dict or KeySet.published"
_JKS: Final = (
    "it is a Java key store: turn it into PKCS #12 with `keytool -importkeystore -deststoretype PKCS12`"
)
_TEXTS: Final[_Table] = {
    "it is an OpenSSH public key: turn it into PEM with `ssh-keygen -e -m PKCS8 -f FILE`": _SSH.match,
    "it is a public key of RFC 4716: turn it into PEM with `ssh-keygen -i -m RFC4716 -f FILE > KEY` and "
    "`ssh-keygen -e -m PKCS8 -f KEY`": lambda text: text.startswith(b"---- BEGIN SSH2"),
    "it is a PuTTY key: turn it into PEM with `puttygen FILE -O private-openssh -o KEY` and "
    "`ssh-keygen -p -m PKCS8 -f KEY`": lambda text: text.startswith(b"PuTTY-User-Key-File"),
    _JSON: lambda text: text.startswith((b"{", b"[")),
    "it is the name of a file: pass the content of the file": _PATH.fullmatch,
    "it is a URL: fetch its content": _URL.fullmatch,
    "it is the base64 of a PEM: decode it first (base64 -d)": lambda text: BEGIN in _decode(text),
    "it is the base64 of DER: put it between the lines -----BEGIN PRIVATE KEY----- and "
    "-----END PRIVATE KEY-----, or those of a PUBLIC KEY": lambda text: _decode(text).startswith(b"\x30"),
}
_BINARIES: Final[_Table] = {
    "it begins with a byte-order mark: save it as UTF-8 without one": lambda text: text.startswith(_BOM),
    _JKS: lambda text: text.startswith(b"\xfe\xed\xfe\xed"),
    "it is PKCS #12: take the key out with `openssl pkcs12 -in FILE -nodes -nocerts -out FILE.pem` and keep "
    "only its lines from BEGIN to END": is_pkcs12,
    "it is a certificate in DER: take the key out with `openssl x509 -inform DER -pubkey -noout -in FILE`": (
        is_certificate
    ),
    f"it is DER: turn it into PEM with {_PEM_FROM_DER}": lambda text: text.startswith(b"\x30"),
}
