"""The bridge from simplejwt: `SIMPLE_JWT`, the old tables, and the day on which the bridge can go."""

import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from django.core.checks import CheckMessage, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import Error

from django_jwtkit import moments, sessions, tokens
from django_jwtkit.checks.faults import TAG, fault
from django_jwtkit.checks.settings import valid_settings
from django_jwtkit.conf import Settings
from django_jwtkit.wording import when

LONGEST: Final = timedelta(days=90)


@register(TAG)
def check_bridge(**_: object) -> list[CheckMessage]:
    """E026, W017, W019, W022: whether old tokens can be verified, and still have to be."""
    settings = valid_settings()
    if settings is None or settings.ACCEPT_SIMPLEJWT is None:
        return []
    until = settings.ACCEPT_SIMPLEJWT["UNTIL"]
    if until <= moments.now():
        return [fault("W017", until=when(until))]
    return [
        *(fault("E026", problem=problem) for problem in tokens.simplejwt.problems()),
        *_combinations(settings),
    ]


@register(TAG, Tags.security, deploy=True)
def check_bridge_length(**_: object) -> list[CheckMessage]:
    """W016: a bridge that stays open for long."""
    settings = valid_settings()
    if settings is None or settings.ACCEPT_SIMPLEJWT is None:
        return []
    until = settings.ACCEPT_SIMPLEJWT["UNTIL"]
    return [fault("W016", until=when(until), most=LONGEST)] if until > moments.now() + LONGEST else []


@register(Tags.database)
def check_blacklist(databases: Sequence[str] | None = None, **_: object) -> list[CheckMessage]:
    """E027: an installed blacklist without its tables. Not under `migrate`, which makes them."""
    settings = valid_settings()
    if settings is None or settings.ACCEPT_SIMPLEJWT is None or sys.argv[1:2] == ["migrate"]:
        return []
    try:
        alias = sessions.find_lost_blacklist()
    except (Error, ImproperlyConfigured):  # the database is away
        return []
    return [fault("E027", database=alias)] if alias is not None and alias in (databases or ()) else []


def _combinations(settings: Settings) -> Iterator[CheckMessage]:
    if settings.CHECK_SESSION:
        yield fault("W019")
    if settings.KEYRING_SCOPE is not None:
        yield fault("W022")
