"""What all our admin pages have in common: they show, and change nothing."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Final, Generic, TypeVar, cast

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist
from django.db import DataError, connections, models, router, transaction
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse

M = TypeVar("M", bound=models.Model)

if TYPE_CHECKING:
    from django.contrib.admin.options import _FieldOpts
    from django.db.models.options import Options

    ModelAdmin = admin.ModelAdmin[M]
else:  # generic in its stubs only

    class ModelAdmin(admin.ModelAdmin, Generic[M]):
        pass


View = Callable[..., HttpResponseBase]
Cell = str | Callable[[M], str | bool]


def section(*lines: Cell[M] | tuple[Cell[M], ...]) -> "_FieldOpts":
    """The options of a fieldset. Django takes functions for fields; its stubs know names only."""
    return {"fields": cast("tuple[str, ...]", lines)}


LOOKUPS: Final = ("exact", "in", "gt", "gte", "lt", "lte", "isnull")  # `range` can't be written in an address


def _spellings(options: "Options[M]", name: str) -> frozenset[str]:
    """Return how a filter of the field `name` may be written, or of a list's own filter that is no field."""
    try:
        field = options.get_field(name)
    except FieldDoesNotExist:
        return frozenset({name})
    names = {name}
    if isinstance(field, models.ForeignKey):
        names |= {field.attname, f"{name}__pk", f"{name}__{field.target_field.name}"}
    return frozenset({*names, *(f"{each}__{lookup}" for each in names for lookup in LOOKUPS)})


class ReadOnlyList(ChangeList):
    """A list that is shown without a filter where the filter's value fits no column, such as forty nines."""

    def get_results(self, request: HttpRequest) -> None:
        try:
            super().get_results(request)
        except (OverflowError, DataError) as error:  # SQLite, and servers
            raise IncorrectLookupParameters from error


class ReadOnlyAdmin(ModelAdmin[M]):
    """Rows to look at: nobody adds, changes or deletes one here, a superuser included."""

    # Django takes any column for a filter in the address, and `?sealed__startswith=…` reads out what no page
    # shows, letter by letter. Here only these may be asked for, and by `LOOKUPS` only: a regular expression
    # keeps a worker busy for as long as its author likes.
    lookups: ClassVar[frozenset[str]] = frozenset()

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("jwtkit/admin.css",)}

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Whether `lookup` is one of `lookups`, itself or by one of `LOOKUPS`; else Django answers 400."""
        known = any(lookup in _spellings(self.opts, name) for name in self.lookups)
        return known and super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def get_changelist(self, request: HttpRequest, **options: object) -> type[ReadOnlyList]:
        return ReadOnlyList

    def restricts(self, request: HttpRequest) -> bool:
        """Whether a project's `get_queryset` may hide rows from this user."""
        rows = self.get_queryset(request).query
        return bool(rows.where or rows.is_sliced or rows.combinator or rows.distinct_fields)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[M]:
        """From the database that we write to: a lagging replica would show what is no longer so."""
        rows = super().get_queryset(request).using(router.db_for_write(self.model))
        related = self.list_select_related
        return rows.select_related(*related) if isinstance(related, tuple) else rows

    def own(self, view: View) -> View:
        """`view` behind the admin's login, and in no transaction: what it calls must commit by itself."""
        guarded = self.admin_site.admin_view(view)
        for alias in connections:
            guarded = transaction.non_atomic_requests(using=alias)(guarded)
        return guarded

    def page(self, request: HttpRequest, template: str, **context: object) -> TemplateResponse:
        """One of our own pages, with all that the admin's frame wants to know."""
        request.current_app = self.admin_site.name
        frame = {"opts": self.opts, "media": self.media, "subtitle": None}
        everything = {**self.admin_site.each_context(request), **frame, **context}
        return TemplateResponse(request, f"admin/jwtkit/{template}", everything)
