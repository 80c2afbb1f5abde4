"""The algorithms of the rings: they exist, fit their purpose, and make tokens that can be read."""

import re
from collections.abc import Iterator, Mapping
from math import ceil
from typing import Final, NamedTuple

from django.core.checks import CheckMessage, register

from django_jwtkit.checks.faults import TAG, fault
from django_jwtkit.conf import RINGS, RingSettings, Settings, may_be_published
from django_jwtkit.jose import encoding, jwa
from django_jwtkit.tokens import TokenKind, registered_kinds
from django_jwtkit.wording import did_you_mean

from .values import valid_settings

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Purpose(NamedTuple):
    words: str
    algorithms: frozenset[str]


PURPOSES: Final[Mapping[str, Purpose]] = {
    "sig": Purpose("signing", frozenset(jwa.SIGNATURES)),
    "enc": Purpose("encryption", frozenset(jwa.KEY_MANAGEMENT)),
}

LONG: Final = 1024  # octets of a signature: a longer one matters for the length of a token
LONG_SIGNATURES: Final = {
    name: row.size for name, row in jwa.SIGNATURES.items() if row.size is not None and row.size > LONG
}
SELDOM_READ: Final = {
    "Ed25519": '"EdDSA" (the same key under the older name) or "ES256"',
    **dict.fromkeys(("Ed448", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"), '"ES256" or "EdDSA"'),
}
"""Algorithms that few verifiers know by this name, and what to use instead in a published ring."""


@register(TAG)
def check_algorithms(**_: object) -> list[CheckMessage]:
    """E007, E008, E010, E020, E023, E033, W024: names that exist, fit the ring, and are widely read."""
    settings = valid_settings()
    if settings is None:
        return []
    faults = [each for ring in settings.rings.values() for each in _ring(settings, ring)]
    name = settings.CONTENT_ENCRYPTION
    if name not in jwa.ENCRYPTIONS:
        faults.append(fault("E008", name=name, hint=did_you_mean(name, sorted(jwa.ENCRYPTIONS))))
    return faults


def _ring(settings: Settings, ring: RingSettings) -> Iterator[CheckMessage]:
    if not NAME.fullmatch(ring.name):
        yield fault("E010", name=ring.name)
    is_to_be_published = settings.KEY_RINGS.get(ring.name, {}).get("PUBLISH")
    if is_to_be_published and not may_be_published(ring.name):
        yield fault("E023", ring=ring.name)
    builtin = RINGS.get(ring.name)
    if builtin is not None and ring.use != builtin.use:
        yield fault("E020", ring=ring.name, use=builtin.use)
        return
    words, algorithms = PURPOSES[ring.use]
    if ring.algorithm not in algorithms:
        hint = did_you_mean(ring.algorithm, sorted(algorithms))
        yield fault("E007", ring=ring.name, algorithm=ring.algorithm, purpose=words, hint=hint)
    elif is_to_be_published and ring.use == "sig" and jwa.FITS[ring.algorithm].is_symmetric:
        yield fault("E033", ring=ring.name, algorithm=ring.algorithm)
    elif ring.publish and ring.algorithm in SELDOM_READ:
        yield fault("W024", ring=ring.name, algorithm=ring.algorithm, instead=SELDOM_READ[ring.algorithm])


@register(TAG)
def check_sizes(**_: object) -> list[CheckMessage]:
    """E009: an encrypted token that is too long to be read again."""
    settings = valid_settings()
    if settings is None:
        return []
    encrypted = [kind for kind in registered_kinds() if kind.is_confidential and kind.ring in settings.rings]
    return [each for kind in encrypted for each in _size(kind, settings.rings[kind.ring])]


def _size(kind: TokenKind, ring: RingSettings) -> Iterator[CheckMessage]:
    size = nested_size(LONG_SIGNATURES.get(ring.algorithm, 0))
    if size > encoding.MAX_LENGTH:
        fitting = [
            name for name, octets in LONG_SIGNATURES.items() if nested_size(octets) <= encoding.MAX_LENGTH
        ]
        facts = {"ring": ring.name, "algorithm": ring.algorithm, "size": size, "limit": encoding.MAX_LENGTH}
        place = f"encrypted=False for the kind {kind.name!r}" if kind.encrypted else "ENCRYPT = ()"
        yield fault("E009", kind=kind.name, smaller=f"{fitting[-1]} or ES256", place=place, **facts)


def nested_size(signature: int, *, payload: int = 400, wrapping: int = 900) -> int:
    """Return the size of a nested JWT: base64url twice over `signature` and `payload`, once over RSA-OAEP."""
    return ceil((signature + payload) * 16 / 9) + wrapping
