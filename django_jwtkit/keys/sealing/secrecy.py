"""Whether a secret is randomness, as far as one can tell by looking at it.

Accepted are random octets, raw or encoded: hexadecimal, or base64 in either alphabet, padded or not. Text
that people type is refused, whatever its length and its estimated entropy: anyone who reads the database can
test guesses against it as fast as a computer hashes.
"""

import binascii
import codecs
import re
import string
from collections import Counter
from collections.abc import Iterator
from math import log2
from typing import Final

from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose import jwa

from .passphrases import is_typed

FEWEST_OCTETS: Final = 32
FEWEST_BITS: Final = 128
MOST_LAYERS: Final = 3  # of encodings around one another: mounted secrets are often base64 twice

NOTORIOUS: Final = (
    "password",
    "changeme",
    "change-me",
    "change_me",
    "insecure",
    "your-256-bit",
    "your_jwt",
    "your-super",
    "my-super",
    "supersecret",
    "super_secret",
    "12345678",
    "abcdefgh",
)
"""Words of the secrets in tutorials: less than one random secret in 10^7 has such a word."""

_HEX: Final = re.compile(rb"[0-9a-fA-F]+")
_BASE64: Final = re.compile(rb"([A-Za-z0-9_-]+|[A-Za-z0-9+/]+)={0,2}")
_LINE_ENDS: Final = re.compile(rb"\s*\n")
_PRINTABLE: Final = frozenset(string.printable.encode())
TEXT_SHARE: Final = 15 / 16
"""The share of printable ASCII from which on octets are text: 32 random ones reach it once in 10^10 times."""

NO_RANDOMNESS: Final = "it is text, not randomness in hex or base64url"


@sensitive_variables()
def weakness(secret: bytes) -> str | None:
    """Say what is wrong with `secret` as one to sign or seal with; None for one that looks random."""
    if len(secret) < FEWEST_OCTETS:
        return f"it has {len(secret)} bytes, and at least {FEWEST_OCTETS} are needed"
    if word := _notorious(secret):
        return f"it contains {word!r}, which is a word of tutorials"
    octets = _decoded(_LINE_ENDS.sub(b"", secret) if _is_text(secret) else secret)
    return NO_RANDOMNESS if octets is None else _pattern(octets) or _well_known(secret)


@sensitive_variables()
def _pattern(octets: bytes) -> str | None:
    if len(octets) < FEWEST_OCTETS:
        return f"it encodes {len(octets)} random bytes, and at least {FEWEST_OCTETS} are needed"
    if (bits := entropy(octets)) < FEWEST_BITS:
        return f"it has about {bits:.0f} bits of randomness, and at least {FEWEST_BITS} are needed"
    return None


@sensitive_variables()
def _well_known(secret: bytes) -> str | None:
    try:
        jwa.check_secret(secret)
    except KeyUnusableError as error:
        return str(error).partition(":")[0]
    return None


def without_line_end(content: bytes) -> bytes:
    """Return the secret in the `content` of a file: white space around text does not count.

    Of raw octets each counts: one in twenty random secrets begins or ends with what looks like white space.
    """
    return content.strip() if _PRINTABLE.issuperset(content) else content


def is_django_secret(secret: bytes) -> bool:
    """Whether `secret` is `SECRET_KEY` or one of its fallbacks: those lie in the settings."""
    return secret in set(_django_secrets())


def entropy(secret: bytes) -> float:
    """Shannon's entropy of the octets of `secret`, in bits, for the whole of it."""
    size = len(secret)
    return sum(-count * log2(count / size) for count in Counter(secret).values())


@sensitive_variables()
def _decoded(secret: bytes, layers: int = MOST_LAYERS) -> bytes | None:
    """Return the random octets in `secret`, raw or encoded; None where it is text."""
    if not _is_text(secret):
        return secret
    inside = _from_hex(secret) if _HEX.fullmatch(secret) else _from_base64(secret)
    return None if inside is None or not layers else _decoded(inside, layers - 1)


def _from_hex(secret: bytes) -> bytes | None:
    if len(secret) % 2 or secret.isdigit():
        return None
    return binascii.a2b_hex(secret)


@sensitive_variables()
def _from_base64(secret: bytes) -> bytes | None:
    if not _BASE64.fullmatch(secret) or is_typed(secret.decode("ascii").rstrip("=")):
        return None
    digits = secret.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4))
    except ValueError:  # one digit too many
        return None


@sensitive_variables()
def _is_text(octets: bytes) -> bool:
    """Whether a person may have typed `octets`, in any language; UTF-16 is text with zeros in between."""
    octets = octets.removeprefix(codecs.BOM_UTF16_LE).removeprefix(codecs.BOM_UTF16_BE).replace(b"\0", b"")
    if sum(octet in _PRINTABLE for octet in octets) >= TEXT_SHARE * len(octets):
        return True
    try:
        return all(letter.isprintable() or letter.isspace() for letter in octets.decode())
    except UnicodeDecodeError:
        return False


def _notorious(secret: bytes) -> str | None:
    folded = secret.decode("latin-1").casefold()
    return next((word for word in NOTORIOUS if word in folded), None)


def _django_secrets() -> Iterator[bytes]:
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield secret.encode() if isinstance(secret, str) else secret
