"""Which managers return the same rows for each request, so that a statement of theirs can be kept."""

from typing import Any

from django.db.models.manager import BaseManager
from django.db.models.query import QuerySet


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
