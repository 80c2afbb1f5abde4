"""Caches and kinds of token that settings name."""

from collections.abc import Iterator

from django.conf import settings as project
from django.core.checks import CheckMessage, register

from django_jwtkit.checks.faults import TAG, fault
from django_jwtkit.checks.settings import valid_settings
from django_jwtkit.conf import Settings
from django_jwtkit.tokens import registered_kinds
from django_jwtkit.wording import did_you_mean


@register(TAG)
def check_names(**_: object) -> list[CheckMessage]:
    """E014, E015: caches and kinds of token must exist."""
    settings = valid_settings()
    return [] if settings is None else [*_cache(settings), *_kinds(settings)]


def _cache(settings: Settings) -> Iterator[CheckMessage]:
    if settings.SESSION_CACHE is not None and settings.SESSION_CACHE not in project.CACHES:
        yield fault("E014", alias=settings.SESSION_CACHE, known=", ".join(project.CACHES))


def _kinds(settings: Settings) -> Iterator[CheckMessage]:
    names = frozenset(kind.name for kind in registered_kinds())
    for name in settings.ENCRYPT:
        if name not in names:
            yield fault("E015", name=name, hint=did_you_mean(name, sorted(names)))
