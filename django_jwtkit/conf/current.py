"""The settings as they are now: read when they are needed, and never at import (docs/decisions/0003)."""

from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.views.decorators.debug import sensitive_variables

from .settings import Settings
from .validation import problems

_built: tuple[object, object, Settings] | None = None  # JWTKIT, as it was, and what was made of that


def conf() -> Settings:
    """The settings as they are now; built anew when `JWTKIT` is another dict or holds other values.

    Also where a list or dict inside has been changed in place: a kid that is denied is denied at once.

    Raises `ImproperlyConfigured`, with all that is wrong, for what `manage.py check` refuses too.
    """
    # This is asked for each token. It holds no secret itself, so it does without `sensitive_variables`.
    return _current() or _renewed()


def _current() -> Settings | None:
    built = _built
    if built is None or getattr(settings, "JWTKIT", None) is not built[0] or built[0] != built[1]:
        return None
    return built[2]


@sensitive_variables()
def _renewed() -> Settings:
    global _built  # noqa: PLW0603 - one process, one settings module
    raw = getattr(settings, "JWTKIT", None)
    held = _own(raw)
    made = _build({} if held is None else held)
    _built = raw, held, made
    return made


def _own(value: object) -> object:
    """Return `value` with containers of our own, which nobody else changes, all the way down."""
    if isinstance(value, Mapping):
        return {name: _own(inner) for name, inner in dict(value).items()}  # a thread may be changing it
    if isinstance(value, list | tuple):
        inside = [_own(inner) for inner in value]
        return inside if isinstance(value, list) else tuple(inside)
    return set(value) if isinstance(value, set) else value


@sensitive_variables()
def _build(raw: object) -> Settings:
    if faults := problems(raw):
        raise ImproperlyConfigured("; ".join(f"JWTKIT: {fault.message}. {fault.hint}" for fault in faults))
    return Settings(**cast("Mapping[str, Any]", raw))
