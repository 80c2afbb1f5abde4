"""Which statements are kept, of which querysets, and for how long."""

from collections.abc import Callable
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet
from django.db.models.manager import BaseManager

Statement = TypeVar("Statement")
Build = Callable[[str], QuerySet[Any]]
"""Return all rows of a table in the database of an alias: a function of a module, kept by its identity."""

_statements: Final[WeakKeyDictionary[BaseDatabaseWrapper, dict[object, Any]]] = WeakKeyDictionary()
"""By connection: Django's converters belong to one, and each thread has its own."""


def recall(alias: str, key: tuple[object, ...], make: Callable[[], Statement]) -> Statement:
    """Return the statement of `key` on this thread's connection to `alias`; the first time `make` it."""
    connection = connections[alias]
    kept = _statements.get(connection)
    if kept is None:
        kept = _statements[connection] = {}
    # Converters depend on USE_TZ, which a test may change.
    key = (*key, settings.USE_TZ)
    if key not in kept:
        kept[key] = make()
    statement: Statement = kept[key]
    return statement


def is_plain(manager: BaseManager[Any]) -> bool:
    """Whether all querysets of `manager` are the same, and are read as Django reads them.

    A manager of the project may filter by the request's tenant, say. It, and its class of querysets, may have
    methods of their own, as long as they replace none of Django's.
    """
    querysets: type = manager._queryset_class  # type: ignore[attr-defined]  # noqa: SLF001
    return _is_plain_manager(type(manager)) and _is_plain_queryset(querysets)


def _is_plain_manager(kind: type) -> bool:
    # Django wraps the methods of a queryset for its manager.
    is_wrapped = getattr(getattr(kind, "using", None), "__wrapped__", None) is QuerySet.using
    return is_wrapped and getattr(kind, "get_queryset", None) is BaseManager.get_queryset


def _is_plain_queryset(kind: type) -> bool:
    own = {name for each in kind.__mro__[: kind.__mro__.index(QuerySet)] for name in vars(each)}
    return own.isdisjoint(vars(QuerySet).keys() - vars(_Empty).keys())


class _Empty:
    """What each class has of itself."""
