"""Each setting by itself, and settings that contradict one another."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Final

from django.conf import settings as project
from django.core.checks import CheckMessage, register
from django.core.exceptions import ImproperlyConfigured

from django_jwtkit.checks.faults import TAG, fault
from django_jwtkit.conf import Settings, conf, find_problems

NUMBERS: Final = {"unknown": "E001", "value": "E002"}

LONGEST: Final = {
    "ACCESS_TOKEN_LIFETIME": ("W001", timedelta(days=1)),
    "REFRESH_TOKEN_LIFETIME": ("W002", timedelta(days=90)),
}
"""A longer lifetime is allowed, but seldom intended."""

IN_ORDER: Final = ("KEYRING_MAX_AGE", "SIGNING_MAX_AGE", "KEYRING_MAX_STALE")
"""A process reloads, then stops signing, then stops verifying: each no earlier than the one before."""


def valid_settings() -> Settings | None:
    """Return the settings, or None while single values are wrong: then only those are reported."""
    try:
        return conf()
    except ImproperlyConfigured:
        return None


@register(TAG)
def check_values(**_: object) -> list[CheckMessage]:
    """E001, E002: unknown names, and values that are wrong whatever the project is."""
    raw = getattr(project, "JWTKIT", None)
    faults = find_problems({} if raw is None else raw)
    return [fault(NUMBERS[each.kind], message=_prefixed(each.message), hint=each.hint) for each in faults]


def _prefixed(message: str) -> str:
    return message if message.startswith("JWTKIT") else f"JWTKIT: {message}"


@register(TAG)
def check_relations(**_: object) -> list[CheckMessage]:
    """E003, E006, W001, W002, W007: settings that contradict one another, or go too far."""
    settings = valid_settings()
    return [] if settings is None else [*_lifetimes(settings), *_ages(settings), *_unused(settings)]


def _lifetimes(settings: Settings) -> Iterator[CheckMessage]:
    refresh, session = settings.REFRESH_TOKEN_LIFETIME, settings.SESSION_LIFETIME
    if refresh > session:
        yield fault("E003", refresh=refresh, session=session)
    for name, (number, most) in LONGEST.items():
        if getattr(settings, name) > most:
            yield fault(number, value=getattr(settings, name), most=most)


def _ages(settings: Settings) -> Iterator[CheckMessage]:
    for other, name in pairwise(IN_ORDER):
        least, age = getattr(settings, other), getattr(settings, name)
        if age < least:
            yield fault("E006", name=name, value=age, other=other, least=least)


def _unused(settings: Settings) -> Iterator[CheckMessage]:
    if settings.SESSION_CACHE is not None and not settings.CHECK_SESSION:
        yield fault("W007")
