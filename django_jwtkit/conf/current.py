"""Read the settings when they are needed, never at import (docs/decisions/0003)."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.views.decorators.debug import sensitive_variables

from django_jwtkit.moments import steady

from .tables import Settings
from .validation import find_problems

RINGS_EACH_TIME: Final = 50  # in KEY_RINGS, which take about 2 µs to compare
BETWEEN_COMPARISONS: Final = 0.01  # seconds: a thousand rings take 40 µs


class _Cached(NamedTuple):
    """The settings that were built from `original`, whose content was `copy` when it was last compared."""

    original: object
    copy: object
    settings: Settings
    compared_at: float | None  # None with so few rings that they are compared each time

    def __repr__(self) -> str:
        return "<the settings>"  # they hold secrets, and a report of a crash shows every variable


_cached: _Cached | None = None


def conf() -> Settings:
    """Return the settings as they are now. Raises `ImproperlyConfigured` with every fault in them.

    They are built again when `JWTKIT` is another dict or has other content. A list or dict inside it may have
    been changed in place: a key ID that is added to `DENY_KIDS` is denied at once. Hundreds of rings are
    compared every hundredth of a second.
    """
    # Every token calls this. No variable here shows a secret, so `sensitive_variables` is not needed.
    cached = _cached
    if cached is not None and _original() is cached.original and _is_unchanged(cached):
        return cached.settings
    return _build_and_cache()


def _original() -> object:
    """Return the setting `JWTKIT`, None without one."""
    try:
        # Where Django's `settings` keep what was read once. Their own way there takes four times as long.
        return object.__getattribute__(settings, "JWTKIT")
    except AttributeError:
        return getattr(settings, "JWTKIT", None)


def _is_unchanged(cached: _Cached) -> bool:
    """Whether the content is as it was; of hundreds of rings, whether it was so a moment ago."""
    global _cached  # noqa: PLW0603 - one process, one settings module
    if cached.compared_at is None:
        return cached.original == cached.copy
    if steady() - cached.compared_at < BETWEEN_COMPARISONS:
        return _without_rings(cached.original) == _without_rings(cached.copy)
    _cached = cached._replace(compared_at=steady())
    return cached.original == cached.copy


@sensitive_variables()
def _without_rings(values: Any) -> dict[str, object]:
    return {name: value for name, value in dict(values).items() if name != "KEY_RINGS"}


@sensitive_variables()
def _build_and_cache() -> Settings:
    global _cached  # noqa: PLW0603 - one process, one settings module
    original = _original()
    copy = _copy(original)
    built = _build({} if copy is None else copy)
    has_many_rings = len(built.KEY_RINGS) > RINGS_EACH_TIME
    _cached = _Cached(original, copy, built, steady() if has_many_rings else None)
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
