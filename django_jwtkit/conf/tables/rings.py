"""The rings of keys: the four of this package, and the settings that each ring has."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple

from django_jwtkit.conf import allowed


@dataclass(frozen=True, slots=True)
class RingSettings:
    """The settings of one ring."""

    name: str
    algorithm: str
    use: str
    publish: bool
    rotate_every: timedelta
    publish_before: timedelta
    max_lifetime: timedelta | None


class RingDefault(NamedTuple):
    algorithm: str  # or the name of the setting that has it
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
    """Return whether the keys of `ring` may be published: not those of refresh tokens and kinds."""
    default = RINGS.get(ring)
    return default is None or default.publish or default.use == "enc"


RING_SETTINGS: Final[Mapping[str, allowed.Rule]] = {
    "ALGORITHM": allowed.text,
    "USE": allowed.use,
    "PUBLISH": allowed.flag,
    "ROTATE_EVERY": allowed.positive,
    "PUBLISH_BEFORE": allowed.not_negative,
    "MAX_LIFETIME": allowed.positive,
}
