"""The rings: what our own are for, and what the settings ask of one ring's keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple

from . import rules


@dataclass(frozen=True, slots=True)
class RingSettings:
    """What the settings ask of one ring's keys."""

    name: str
    algorithm: str
    use: str
    publish: bool
    rotate_every: timedelta
    publish_before: timedelta
    max_lifetime: timedelta | None


class RingDefault(NamedTuple):
    algorithm: str  # or the setting that names it
    use: str
    publish: bool


RINGS: Final[Mapping[str, RingDefault]] = {
    "access": RingDefault("ALGORITHM", "sig", publish=True),
    "refresh": RingDefault("HS256", "sig", publish=False),
    "kinds": RingDefault("HS256", "sig", publish=False),
    "encryption": RingDefault("ENCRYPTION_ALGORITHM", "enc", publish=False),
}
PROJECT_RING: Final = RingDefault("ALGORITHM", "sig", publish=False)


def may_be_published(ring: str) -> bool:
    """Whether the keys of `ring` may be shown: not those of our own tokens that nobody else is to accept."""
    ours = RINGS.get(ring)
    return ours is None or ours.publish or ours.use == "enc"


RING_SETTINGS: Final[Mapping[str, rules.Rule]] = {
    "ALGORITHM": rules.text,
    "USE": rules.use,
    "PUBLISH": rules.flag,
    "ROTATE_EVERY": rules.positive,
    "PUBLISH_BEFORE": rules.not_negative,
    "MAX_LIFETIME": rules.positive,
}
