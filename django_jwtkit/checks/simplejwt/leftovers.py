"""Leftovers of simplejwt in a project: code and settings that would silently do nothing."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, register
from django.urls import get_resolver

from django_jwtkit.checks.faults import TAG, fault
from django_jwtkit.checks.settings import valid_settings

from .serializers import NAMES, added_members, find_subclasses

OLD_TOKENS: Final = ("ALGORITHM", "AUDIENCE", "ISSUER", "JWK_URL", "LEEWAY", "SIGNING_KEY", "VERIFYING_KEY")
"""The settings in `SIMPLE_JWT` that sign and verify old tokens. The others are names and hooks."""


@register(TAG)
def check_simplejwt(**_: object) -> list[CheckMessage]:
    """E034, E035, E036, W045: code and settings that were written for simplejwt."""
    if not apps.is_installed("rest_framework"):
        return []
    with suppress(Exception):  # Django's own check of the urls reports what fails there
        get_resolver().url_patterns  # noqa: B018 - imports the views, and the serializers with them
    return [*_find_serializers(), *_find_settings()]


def _find_serializers() -> Iterator[CheckMessage]:
    for serializer in find_subclasses():
        name = f"{serializer.__module__}.{serializer.__qualname__}"
        if "get_token" in vars(serializer):
            yield fault("E034", serializer=name)
        if members := added_members(serializer):
            yield fault("E035", serializer=name, members=", ".join(sorted(members)))


def _find_settings() -> Iterator[CheckMessage]:
    old = getattr(settings, "SIMPLE_JWT", None)
    if not isinstance(old, Mapping):
        return
    for name, value in old.items():
        paths = value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
        if NAMES in sys.modules:
            yield from (fault("E036", name=name, path=path) for path in paths if "Sliding" in str(path))
    ours, of_tokens = valid_settings(), [name for name in OLD_TOKENS if name in old]
    is_bridged = ours is None or ours.ACCEPT_SIMPLEJWT is not None
    if not is_bridged and (of_tokens or NAMES not in sys.modules):
        yield fault("W045", names=", ".join(of_tokens or old) or "all of it")
