"""How good a secret is, as far as one can tell by looking at it."""

from collections import Counter
from collections.abc import Iterator
from math import log2
from typing import Final

from django.conf import settings

from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose.jwa.key_types import symmetric

FEWEST_OCTETS: Final = 32
FEWEST_BITS: Final = 128

NOTORIOUS: Final = (
    "secret",
    "password",
    "passwd",
    "changeme",
    "change-me",
    "change_me",
    "insecure",
    "replace",
    "your-256-bit",
    "your_jwt",
    "your-super",
    "my-super",
    "supersecret",
    "super_secret",
    "example",
    "qwerty",
    "letmein",
    "12345678",
    "abcdefgh",
)
"""Words out of which the secrets of tutorials are made: none turns up by chance in a random one."""


def weakness(secret: bytes) -> str | None:
    """Say what is wrong with `secret` as one to sign or seal with; None for one that looks random.

    The estimate is Shannon's entropy of its octets: an upper bound, so what fails it is weak for certain.
    """
    if len(secret) < FEWEST_OCTETS:
        return f"it has {len(secret)} bytes, and at least {FEWEST_OCTETS} are needed"
    if found := _notorious(secret):
        return f"it contains {found!r}, which is a word of tutorials"
    if (bits := entropy(secret)) < FEWEST_BITS:
        return f"it has about {bits:.0f} bits of randomness, and at least {FEWEST_BITS} are needed"
    try:
        symmetric.material(secret)
    except KeyUnusableError as error:
        return str(error).partition(":")[0]
    return None


def is_django_secret(secret: bytes) -> bool:
    """Whether `secret` is `SECRET_KEY` or one of its fallbacks: those lie in the settings."""
    return secret in set(_django_secrets())


def entropy(secret: bytes) -> float:
    """Shannon's entropy of the octets of `secret`, in bits, for the whole of it."""
    size = len(secret)
    return sum(-count * log2(count / size) for count in Counter(secret).values())


def _notorious(secret: bytes) -> str | None:
    folded = secret.decode("latin-1").casefold()
    return next((word for word in NOTORIOUS if word in folded), None)


def _django_secrets() -> Iterator[bytes]:
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        yield secret.encode() if isinstance(secret, str) else secret
