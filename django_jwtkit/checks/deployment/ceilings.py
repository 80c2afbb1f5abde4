"""Settings that delay a revocation or a logout: each has a ceiling."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Final, NamedTuple

from django.core.checks import CheckMessage, Tags, register

from django_jwtkit.checks.faults import TAG, fault
from django_jwtkit.checks.settings import valid_settings
from django_jwtkit.conf import Settings


class Ceiling(NamedTuple):
    """The largest value of a setting, and how to read it; None where it delays nothing."""

    most: timedelta
    read: Callable[[Settings], timedelta | None]


CEILINGS: Final[Mapping[str, Ceiling]] = {
    "W028": Ceiling(timedelta(minutes=1), lambda conf: conf.KEYRING_MAX_AGE),
    "W029": Ceiling(timedelta(minutes=10), lambda conf: conf.SIGNING_MAX_AGE),
    "W030": Ceiling(timedelta(days=1), lambda conf: conf.KEYRING_MAX_STALE),
    "W031": Ceiling(timedelta(days=2), lambda conf: conf.JWKS_MAX_AGE + conf.CONSUMER_CACHE),
    "W032": Ceiling(
        timedelta(hours=1), lambda conf: None if conf.CHECK_SESSION else conf.ACCESS_TOKEN_LIFETIME
    ),
    "W033": Ceiling(timedelta(minutes=1), lambda conf: conf.REFRESH_GRACE),
    "W034": Ceiling(timedelta(days=366), lambda conf: conf.SESSION_LIFETIME),
    "W036": Ceiling(timedelta(minutes=1), lambda conf: conf.LEEWAY),
    "W037": Ceiling(timedelta(minutes=2), lambda conf: conf.CLOCK_SKEW),
}

SIGNS_AT_MOST: Final = timedelta(days=400)  # a year, and a job that runs once a month


@register(TAG, Tags.security, deploy=True)
def check_ceilings(**_: object) -> list[CheckMessage]:
    """W028 to W037: settings that give a thief time."""
    settings = valid_settings()
    return [] if settings is None else [*_figures(settings), *_turns(settings)]


def _figures(settings: Settings) -> Iterator[CheckMessage]:
    for number, ceiling in CEILINGS.items():
        figure = ceiling.read(settings)
        if figure is not None and figure > ceiling.most:
            yield fault(number, value=figure, most=ceiling.most)


def _turns(settings: Settings) -> Iterator[CheckMessage]:
    """Yield W035 once for each place at which `ROTATE_EVERY` is set too high."""
    places = {"ROTATE_EVERY": ("access", settings.ROTATE_EVERY)}
    for name, ring in settings.KEY_RINGS.items():
        if "ROTATE_EVERY" in ring:
            places[f'KEY_RINGS["{name}"]["ROTATE_EVERY"]'] = (name, settings.rings[name].rotate_every)
    for place, (name, turn) in places.items():
        if turn > SIGNS_AT_MOST:
            yield fault("W035", ring=name, place=place, value=turn, most=SIGNS_AT_MOST)
