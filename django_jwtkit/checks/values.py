"""Each setting by itself, and the settings beside one another."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Final

from django.conf import settings
from django.core.checks import CheckMessage, register
from django.core.exceptions import ImproperlyConfigured

from django_jwtkit.conf import Settings, conf, problems

from .faults import TAG, fault

NUMBERS: Final = {"unknown": "E001", "value": "E002"}

LONGEST: Final = {
    "ACCESS_TOKEN_LIFETIME": ("W001", timedelta(days=1)),
    "REFRESH_TOKEN_LIFETIME": ("W002", timedelta(days=90)),
}
"""Beyond these a lifetime is allowed, but seldom meant."""

IN_ORDER: Final = ("KEYRING_MAX_AGE", "SIGNING_MAX_AGE", "KEYRING_MAX_STALE")
"""Look again, then stop signing, then stop verifying: each no earlier than the one before."""


def sound() -> Settings | None:
    """The settings, or None while single values are wrong: then only those are worth talking about."""
    try:
        return conf()
    except ImproperlyConfigured:
        return None


@register(TAG)
def check_values(**_: object) -> list[CheckMessage]:
    """E001, E002: what shows without a look at the rest of the project."""
    raw = getattr(settings, "JWTKIT", None)
    found = problems({} if raw is None else raw)
    return [fault(NUMBERS[one.kind], message=_named(one.message), hint=one.hint) for one in found]


def _named(message: str) -> str:
    return message if message.startswith("JWTKIT") else f"JWTKIT: {message}"


@register(TAG)
def check_relations(**_: object) -> list[CheckMessage]:
    """E003, E006, W001, W002, W007: settings that contradict one another, or go too far."""
    asked = sound()
    return [] if asked is None else [*_lifetimes(asked), *_ages(asked), *_idle(asked)]


def _lifetimes(asked: Settings) -> Iterator[CheckMessage]:
    refresh, session = asked.REFRESH_TOKEN_LIFETIME, asked.SESSION_LIFETIME
    if refresh > session:
        yield fault("E003", refresh=refresh, session=session)
    for name, (number, most) in LONGEST.items():
        if getattr(asked, name) > most:
            yield fault(number, asked=getattr(asked, name), most=most)


def _ages(asked: Settings) -> Iterator[CheckMessage]:
    for other, name in pairwise(IN_ORDER):
        least, age = getattr(asked, other), getattr(asked, name)
        if age < least:
            yield fault("E006", name=name, asked=age, other=other, least=least)


def _idle(asked: Settings) -> Iterator[CheckMessage]:
    if asked.SESSION_CACHE is not None and not asked.CHECK_SESSION:
        yield fault("W007")
