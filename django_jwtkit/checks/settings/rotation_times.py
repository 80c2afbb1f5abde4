"""The times of each ring: long enough that a rotation rejects no token, and not shorter than useful."""

from collections.abc import Callable
from datetime import timedelta
from math import ceil
from typing import NamedTuple

from django.core.checks import CheckMessage, register

from django_jwtkit.checks.faults import TAG, fault
from django_jwtkit.conf import RingSettings, Settings
from django_jwtkit.keys import policy

from .values import valid_settings


class _Gap(NamedTuple):
    """A time of a ring that is shorter than it must be, and the setting that says so."""

    ring: str
    place: str
    value: timedelta
    least: timedelta


@register(TAG)
def check_times(**_: object) -> list[CheckMessage]:
    """E004, E005, W004: the first two rules of a rotation that nobody notices, and needless rotation."""
    settings = valid_settings()
    if settings is None:
        return []
    return [
        *(_too_late(settings, gap) for gap in _gaps(settings, "PUBLISH_BEFORE", _spread)),
        *(fault("E005", **gap._asdict()) for gap in _gaps(settings, "ROTATE_EVERY", _preparation)),
        *(_too_often(gap) for gap in _gaps(settings, "ROTATE_EVERY", _lifetime)),
    ]


def _spread(ring: RingSettings, _: Settings) -> timedelta:
    return policy(ring.name).spread


def _preparation(ring: RingSettings, settings: Settings) -> timedelta:
    return ring.publish_before + settings.ROTATION_INTERVAL


def _lifetime(ring: RingSettings, _: Settings) -> timedelta:
    return policy(ring.name).max_lifetime


def _gaps(settings: Settings, name: str, need: Callable[[RingSettings, Settings], timedelta]) -> list[_Gap]:
    """Return where `name` is below the ring's `need`: for each place in the settings the worst ring."""
    worst: dict[str, _Gap] = {}
    for ring in settings.rings.values():
        is_own = name in settings.KEY_RINGS.get(ring.name, {})
        place = f'KEY_RINGS["{ring.name}"]["{name}"]' if is_own else name
        gap = _Gap(ring.name, place, getattr(ring, name.lower()), need(ring, settings))
        if gap.value < gap.least and (place not in worst or worst[place].least < gap.least):
            worst[place] = gap
    return list(worst.values())


def _too_late(settings: Settings, gap: _Gap) -> CheckMessage:
    own = settings.SIGNING_MAX_AGE + settings.CLOCK_SKEW
    parts = "SIGNING_MAX_AGE + CLOCK_SKEW" + (" + JWKS_MAX_AGE + CONSUMER_CACHE" if gap.least > own else "")
    return fault("E004", **gap._asdict(), sum=parts)


def _too_often(gap: _Gap) -> CheckMessage:
    count = ceil(gap.least / gap.value) + 1
    return fault("W004", ring=gap.ring, place=gap.place, value=gap.value, lifetime=gap.least, count=count)
