"""The order of the list of sessions, and its pages, which count no further than needed."""

from collections.abc import Mapping
from typing import Any, Final, cast

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from django_jwtkit.admin.read_only import ReadOnlyList
from django_jwtkit.sessions import Session

LISTED: Final = 10_000  # sessions in the list; others are found by search and filters

ALONG_THE_INDEX: Final[Mapping[object, tuple[str, ...]]] = {
    "expires_at": ("expires_on", "expires_at"),
    "-expires_at": ("-expires_on", "-expires_at"),
}
"""Another way to write an order, which databases do not find themselves."""

Sessions = QuerySet[Session]


class Bounded(Paginator):  # type: ignore[type-arg] # generic in its stubs only
    """Pages of no more than `LISTED` rows: counting reads each row, and no one turns so many pages."""

    @cached_property
    def count(self) -> int:
        return cast("Sessions", self.object_list).order_by()[:LISTED].count()

    @property
    def is_cut(self) -> bool:
        """Whether there may be more rows than the list has."""
        return self.count == LISTED


class SessionList(ReadOnlyList):
    """A list that is sorted by the moment of the end along the index of days: it reads one day, not all."""

    def get_ordering(self, request: HttpRequest, queryset: Sessions) -> list[Any]:
        order = super().get_ordering(request, queryset)
        return [each for name in order for each in ALONG_THE_INDEX.get(name, (name,))]
