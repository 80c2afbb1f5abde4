"""Read the settings when they are needed, never at import (docs/decisions/0003)."""

from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.views.decorators.debug import sensitive_variables

from .tables import Settings
from .validation import find_problems

_cached: tuple[object, object, Settings] | None = None  # JWTKIT, a copy of its content, the settings


def conf() -> Settings:
    """Return the settings as they are now. Raises `ImproperlyConfigured` with every fault in them.

    They are built again when `JWTKIT` is another dict or has other content. A list or dict inside it may have
    been changed in place: a key ID that is added to `DENY_KIDS` is denied at once.
    """
    # Every token calls this. No secret is in a variable here, so `sensitive_variables` is not needed.
    return _get_cached() or _build_and_cache()


def _get_cached() -> Settings | None:
    if _cached is None:
        return None
    original, copy, built = _cached
    return built if getattr(settings, "JWTKIT", None) is original and original == copy else None


@sensitive_variables()
def _build_and_cache() -> Settings:
    global _cached  # noqa: PLW0603 - one process, one settings module
    original = getattr(settings, "JWTKIT", None)
    copy = _copy(original)
    built = _build({} if copy is None else copy)
    _cached = original, copy, built
    return built


def _copy(value: object) -> object:
    """Return `value` with its containers copied at every depth, so that nobody else can change them."""
    if isinstance(value, Mapping):
        return {name: _copy(inner) for name, inner in dict(value).items()}  # a thread may be changing it
    if isinstance(value, list | tuple):
        items = [_copy(inner) for inner in value]
        return items if isinstance(value, list) else tuple(items)
    return set(value) if isinstance(value, set) else value


@sensitive_variables()
def _build(values: object) -> Settings:
    if faults := find_problems(values):
        raise ImproperlyConfigured("; ".join(f"JWTKIT: {fault.message}. {fault.hint}" for fault in faults))
    return Settings(**cast("Mapping[str, Any]", values))
