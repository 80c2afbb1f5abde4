"""Leftovers of simplejwt in a project: code and settings that would silently do nothing."""

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from types import ModuleType
from typing import Final

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, register
from django.urls import get_resolver

from django_jwtkit.checks.faults import TAG, fault
from django_jwtkit.checks.settings import valid_settings

OLD_TOKENS: Final = ("ALGORITHM", "AUDIENCE", "ISSUER", "JWK_URL", "LEEWAY", "SIGNING_KEY", "VERIFYING_KEY")
"""The settings in `SIMPLE_JWT` that sign and verify old tokens. The others are names and hooks."""
SERIALIZERS: Final = "django_jwtkit.drf.bodies.serializers"
NAMES: Final = "django_jwtkit.contrib.simplejwt"


@register(TAG)
def check_simplejwt(**_: object) -> list[CheckMessage]:
    """E034, E035, E036, W045: code and settings that were written for simplejwt."""
    if not apps.is_installed("rest_framework"):
        return []
    with suppress(Exception):  # Django's own check of the urls reports what fails there
        get_resolver().url_patterns  # noqa: B018 - imports the views, and the serializers with them
    return [*_find_serializers(), *_find_settings()]


def _find_serializers() -> Iterator[CheckMessage]:
    for serializer in _subclasses(sys.modules.get(SERIALIZERS)):
        name, own = f"{serializer.__module__}.{serializer.__qualname__}", vars(serializer)
        if "get_token" in own:
            yield fault("E034", serializer=name)
        if "validate" in own and _may_add_members(own["validate"]):
            yield fault("E035", serializer=name)


def _subclasses(module: ModuleType | None) -> list[type]:
    """Return the project's subclasses of our serializers, without those of simplejwt's names."""
    waiting = [each for each in vars(module).values() if _is_ours(each)] if module is not None else []
    subclasses: dict[type, None] = {}
    while waiting:
        children = [each for each in waiting.pop().__subclasses__() if not each.__module__.startswith(NAMES)]
        subclasses |= dict.fromkeys(each for each in children if not _is_ours(each))
        waiting += children
    return list(subclasses)


def _is_ours(value: object) -> bool:
    return isinstance(value, type) and value.__module__.startswith("django_jwtkit.")


def _may_add_members(function: object) -> bool:
    """Whether `function` writes into the dict that it returns, as far as its source says."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))  # type: ignore[arg-type]
    except (OSError, TypeError, SyntaxError):
        return False
    return any(_is_addition(node) for node in ast.walk(tree))


def _is_addition(node: ast.AST) -> bool:
    match node:
        case ast.Subscript(ctx=ast.Store()):
            return True
        case ast.Call(func=ast.Attribute(attr="update" | "setdefault")):
            return True
        case ast.AugAssign(op=ast.BitOr()) | ast.Return(value=ast.Dict() | ast.BinOp(op=ast.BitOr())):
            return True
    return False


def _find_settings() -> Iterator[CheckMessage]:
    old = getattr(settings, "SIMPLE_JWT", None)
    if not isinstance(old, Mapping):
        return
    for name, value in old.items():
        paths = value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
        if NAMES in sys.modules:
            yield from (fault("E036", name=name, path=path) for path in paths if "Sliding" in str(path))
    ours, remaining = valid_settings(), [name for name in OLD_TOKENS if name in old]
    if (
        ours is not None
        and getattr(ours, "ACCEPT_SIMPLEJWT", None) is None
        and (remaining or NAMES not in sys.modules)
    ):
        yield fault("W045", names=", ".join(remaining or old) or "all of it")
