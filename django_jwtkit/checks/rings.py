"""What the settings ask of each ring: an algorithm that exists, a name, and times that leave no gap."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from math import ceil
from typing import Final, NamedTuple

from django.core.checks import CheckMessage, register

from django_jwtkit.conf import RINGS, RingSettings, Settings, conf, may_be_published
from django_jwtkit.jose.jwa import content_encryption, key_management, signatures
from django_jwtkit.keys import policy
from django_jwtkit.tokens import TokenKind, kinds
from django_jwtkit.wording import did_you_mean

from .faults import TAG, fault
from .values import sound

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Purpose(NamedTuple):
    words: str
    algorithms: frozenset[str]


PURPOSES: Final[Mapping[str, Purpose]] = {
    "sig": Purpose("signing", frozenset(signatures.ALGORITHMS)),
    "enc": Purpose("encryption", frozenset(key_management.ALGORITHMS)),
}

READ_AT_MOST: Final = 8192
SIGNATURES: Final = {"ML-DSA-44": 2420, "ML-DSA-65": 3309, "ML-DSA-87": 4627}
"""Bytes of the signatures that are long enough to matter (FIPS 204, table 2)."""
SELDOM_READ: Final = {
    "Ed25519": '"EdDSA" (the same key under the older name) or "ES256"',
    **dict.fromkeys(("Ed448", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"), '"ES256" or "EdDSA"'),
}
"""Algorithms that few verifiers read by this name, and what to use instead in a published ring."""


@register(TAG)
def check_algorithms(**_: object) -> list[CheckMessage]:
    """E007, E008, E010, E020, E023, W024: names that exist, fit the ring, and are widely read."""
    asked = sound()
    if asked is None:
        return []
    found = [one for ring in asked.rings.values() for one in _ring(ring)]
    if asked.CONTENT_ENCRYPTION not in content_encryption.ENCRYPTIONS:
        known = frozenset(content_encryption.ENCRYPTIONS)
        hint = did_you_mean(asked.CONTENT_ENCRYPTION, sorted(known))
        found.append(fault("E008", name=asked.CONTENT_ENCRYPTION, hint=hint))
    return found


def _ring(ring: RingSettings) -> Iterator[CheckMessage]:
    if not NAME.fullmatch(ring.name):
        yield fault("E010", name=ring.name)
    asked = conf().KEY_RINGS.get(ring.name, {})
    if asked.get("PUBLISH") and not may_be_published(ring.name):
        yield fault("E023", ring=ring.name)
    ours = RINGS.get(ring.name)
    if ours is not None and ring.use != ours.use:
        yield fault("E020", ring=ring.name, use=ours.use)
        return
    words, algorithms = PURPOSES[ring.use]
    if ring.algorithm not in algorithms:
        hint = did_you_mean(ring.algorithm, sorted(algorithms))
        yield fault("E007", ring=ring.name, algorithm=ring.algorithm, purpose=words, hint=hint)
    elif ring.publish and ring.algorithm in SELDOM_READ:
        yield fault("W024", ring=ring.name, algorithm=ring.algorithm, instead=SELDOM_READ[ring.algorithm])


class _Gap(NamedTuple):
    """A time of a ring that is shorter than it must be."""

    ring: str
    place: str
    asked: timedelta
    least: timedelta


@register(TAG)
def check_times(**_: object) -> list[CheckMessage]:
    """E004, E005, W004: the first two rules of a rotation that nobody notices, and rotation without need."""
    asked = sound()
    if asked is None:
        return []
    return [
        *(_too_late(asked, gap) for gap in _gaps(asked, "PUBLISH_BEFORE", _spread)),
        *(fault("E005", **gap._asdict()) for gap in _gaps(asked, "ROTATE_EVERY", _preparation)),
        *(_too_often(gap) for gap in _gaps(asked, "ROTATE_EVERY", _lifetime)),
    ]


def _spread(ring: RingSettings, _: Settings) -> timedelta:
    return policy(ring.name).spread


def _preparation(ring: RingSettings, asked: Settings) -> timedelta:
    return ring.publish_before + asked.ROTATION_INTERVAL


def _lifetime(ring: RingSettings, _: Settings) -> timedelta:
    return policy(ring.name).max_lifetime


def _gaps(asked: Settings, name: str, need: Callable[[RingSettings, Settings], timedelta]) -> list[_Gap]:
    """Where `name` is shorter than the ring's `need`: the worst ring for each place where the time is set."""
    worst: dict[str, _Gap] = {}
    for ring in asked.rings.values():
        own = name in asked.KEY_RINGS.get(ring.name, {})
        place = f'KEY_RINGS["{ring.name}"]["{name}"]' if own else name
        gap = _Gap(ring.name, place, getattr(ring, name.lower()), need(ring, asked))
        if gap.asked < gap.least and (place not in worst or worst[place].least < gap.least):
            worst[place] = gap
    return list(worst.values())


def _too_late(asked: Settings, gap: _Gap) -> CheckMessage:
    own = asked.SIGNING_MAX_AGE + asked.CLOCK_SKEW
    parts = "SIGNING_MAX_AGE + CLOCK_SKEW" + (" + JWKS_MAX_AGE + CONSUMER_CACHE" if gap.least > own else "")
    return fault("E004", ring=gap.ring, place=gap.place, asked=gap.asked, least=gap.least, sum=parts)


def _too_often(gap: _Gap) -> CheckMessage:
    count = ceil(gap.least / gap.asked) + 1
    return fault("W004", ring=gap.ring, place=gap.place, asked=gap.asked, lifetime=gap.least, count=count)


@register(TAG)
def check_sizes(**_: object) -> list[CheckMessage]:
    """E009: an encrypted token that could never be read again, since it is too long."""
    asked = sound()
    if asked is None:
        return []
    encrypted = [kind for kind in kinds.known() if kind.confidential and kind.ring in asked.rings]
    return [one for kind in encrypted for one in _size(kind, asked.rings[kind.ring])]


def _size(kind: TokenKind, ring: RingSettings) -> Iterator[CheckMessage]:
    size = nested_size(SIGNATURES.get(ring.algorithm, 0))
    if size > READ_AT_MOST:
        fitting = [name for name, octets in SIGNATURES.items() if nested_size(octets) <= READ_AT_MOST]
        facts = {"ring": ring.name, "algorithm": ring.algorithm, "size": size, "limit": READ_AT_MOST}
        place = f"encrypted=False for the kind {kind.name!r}" if kind.encrypted else "ENCRYPT = ()"
        yield fault("E009", kind=kind.name, smaller=f"{fitting[-1]} or ES256", place=place, **facts)


def nested_size(signature: int, *, payload: int = 400, wrapping: int = 900) -> int:
    """Bytes of a nested JWT: base64url twice over `signature` and `payload`, once over RSA-OAEP's part."""
    return ceil((signature + payload) * 16 / 9) + wrapping
