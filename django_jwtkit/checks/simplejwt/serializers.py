"""The project's serializers that inherit from ours, and what their methods add, as their source says."""

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from typing import Any, Final

from django.contrib.auth import get_user_model

SERIALIZERS: Final = "django_jwtkit.drf.bodies.serializers"
NAMES: Final = "django_jwtkit.contrib.simplejwt"
ANSWERED: Final = ("TokenObtainPairSerializer", "TokenRefreshSerializer")
"""Those whose views answer by themselves, whatever the serializer has validated."""


def find_subclasses() -> list[type]:
    """Return the project's subclasses of our serializers, without those of simplejwt's names."""
    module = sys.modules.get(SERIALIZERS)
    waiting = [each for each in vars(module).values() if _is_ours(each)] if module is not None else []
    subclasses: dict[type, None] = {}
    while waiting:
        children = [each for each in waiting.pop().__subclasses__() if not each.__module__.startswith(NAMES)]
        subclasses |= dict.fromkeys(each for each in children if not _is_ours(each))
        waiting += children
    return list(subclasses)


def added_members(serializer: Any) -> set[str]:
    """Return the members that `validate` adds to what was sent, for a view that leaves them out.

    A field of the serializer may be changed there, a name in lower case say.
    """
    is_answered = any(
        each.__module__ == SERIALIZERS and each.__name__ in ANSWERED for each in serializer.__mro__
    )
    if "validate" not in vars(serializer) or not is_answered:
        return set()
    fields = {*getattr(serializer, "_declared_fields", ()), get_user_model().USERNAME_FIELD}
    return {name for name in _written_names(vars(serializer)["validate"]) if name not in fields}


def _written_names(function: Any) -> Iterator[str]:
    """Yield the names that `function` writes into a dict, as far as its source says."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(ctx=ast.Store(), slice=ast.Constant(value=str(name))):
                yield name
            case ast.Call(func=ast.Attribute(attr="setdefault"), args=[ast.Constant(value=str(name)), *_]):
                yield name
            case ast.Call(func=ast.Attribute(attr="update"), args=values, keywords=keywords):
                yield from (keyword.arg for keyword in keywords if keyword.arg is not None)
                yield from _keys(*values)
            case ast.AugAssign(op=ast.BitOr(), value=value) | ast.Return(value=ast.Dict() as value):
                yield from _keys(value)
            case ast.BinOp(op=ast.BitOr(), left=first, right=second):
                yield from _keys(first, second)


def _keys(*nodes: ast.AST) -> Iterator[str]:
    """Yield the keys of those of `nodes` that are a dict's display."""
    for node in nodes:
        for key in node.keys if isinstance(node, ast.Dict) else ():
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value


def _is_ours(value: object) -> bool:
    return isinstance(value, type) and value.__module__.startswith("django_jwtkit.")
