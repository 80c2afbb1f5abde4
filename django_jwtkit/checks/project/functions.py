"""The project's own functions that settings name by dotted path."""

from collections.abc import Callable
from inspect import signature
from typing import Final

from django.core.checks import CheckMessage, register
from django.utils.module_loading import import_string

from django_jwtkit.checks.faults import TAG, fault
from django_jwtkit.checks.settings import valid_settings

PATHS: Final = ("CLAIMS_FUNCTION", "USER_LOADER", "CLIENT_ADDRESS", "KEYRING_SCOPE")


@register(TAG)
def check_paths(**_: object) -> list[CheckMessage]:
    """E011: dotted paths that lead to no function."""
    settings = valid_settings()
    if settings is None:
        return []
    paths = {name: getattr(settings, name) for name in PATHS}
    reasons = {name: _why_unusable(path) for name, path in paths.items() if path is not None}
    return [fault("E011", name=name, path=paths[name], reason=why) for name, why in reasons.items() if why]


def _why_unusable(path: str) -> str | None:
    try:
        function = import_string(path)
    except (ImportError, ValueError, TypeError) as error:  # ValueError: an empty module name, as in ".f"
        return str(error)
    return None if callable(function) else "it cannot be called"


@register(TAG)
def check_claims_function(**_: object) -> list[CheckMessage]:
    """E030: a function that no login could call."""
    settings = valid_settings()
    path = settings.CLAIMS_FUNCTION if settings is not None else None
    if path is None:
        return []
    try:
        function = import_string(path)
        parameters = signature(function)
    except (ImportError, ValueError, TypeError):  # E011 reports it, or it is written in C
        return []
    if any(_can_bind(parameters.bind, count) for count in (1, 2)):
        return []
    return [fault("E030", path=path, signature=str(parameters))]


def _can_bind(bind: Callable[..., object], count: int) -> bool:
    try:
        bind(*[None] * count)
    except TypeError:
        return False
    return True
