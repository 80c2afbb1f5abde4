"""The base of all our admin pages: they show rows, and change none."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar, cast

from django.contrib import admin, messages
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist
from django.db import DataError, connections, models, router, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from django_jwtkit.admin.dates import zone
from django_jwtkit.admin.row_ids import is_row_id

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
    """Return the options of a fieldset. Django takes functions as fields; its stubs know names only."""
    return {"fields": cast("tuple[str, ...]", lines)}


LOOKUPS: Final = (
    "exact",
    "in",
    "gt",
    "gte",
    "lt",
    "lte",
    "isnull",
)  # `range` cannot be written in an address


def _spellings(options: "Options[M]", name: str) -> frozenset[str]:
    """Return the spellings of a filter by `name`, which is a field or a list's own filter."""
    try:
        field = options.get_field(name)
    except FieldDoesNotExist:
        return frozenset({name})
    names = {name}
    if isinstance(field, models.ForeignKey):
        names |= {field.attname, f"{name}__pk", f"{name}__{field.target_field.name}"}
    return frozenset({*names, *(f"{each}__{lookup}" for each in names for lookup in LOOKUPS)})


class ReadOnlyList(ChangeList):
    """A list without its filters where the value of one fits no column, such as forty nines."""

    def get_results(self, request: HttpRequest) -> None:
        try:
            super().get_results(request)
        except (OverflowError, DataError, ValueError) as error:  # SQLite, servers, and psycopg for an address
            raise IncorrectLookupParameters from error


class ReadOnlyAdmin(ModelAdmin[M]):
    """Rows to look at: no user may add, change or delete one here, not even a superuser."""

    # Django accepts any column as a filter in the address: `?sealed__startswith=…` would read out, letter by
    # letter, a column that no page shows. Here only these are accepted, and only with `LOOKUPS`: a regular
    # expression could keep a worker busy for minutes.
    lookups: ClassVar[frozenset[str]] = frozenset()
    change_form_template = "admin/jwtkit/record.html"
    empty: ClassVar[Promise | str] = ""  # what the list says as long as there are no rows

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("jwtkit/admin.css", "jwtkit/lists.css")}

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Return whether `lookup` is one of `lookups`, alone or with one of `LOOKUPS`; if not: 400."""
        is_listed = any(lookup in _spellings(self.opts, name) for name in self.lookups)
        return is_listed and super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the list under its name: Django's "Select … to view" is for rows that one picks to edit."""
        ours = {"title": capfirst(self.opts.verbose_name_plural), "zone": zone(), "empty": self.empty}
        return super().changelist_view(request, {**ours, **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return super().change_view(request, object_id, form_url, {"zone": zone(), **(extra_context or {})})

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> M | None:
        return super().get_object(request, object_id, from_field) if self.is_row_id(object_id) else None

    def response_action(
        self, request: HttpRequest, queryset: models.QuerySet[M], *place: Any, **options: Any
    ) -> HttpResponse | None:
        """Refuse an action on what no row of ours can be: Django would answer with 500."""
        if all(map(self.is_row_id, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            return super().response_action(request, queryset, *place, **options)
        message = _("Nothing was done: no such rows are in this list.")
        self.message_user(request, message, messages.WARNING)
        return None

    def is_row_id(self, text: str) -> bool:
        """Return whether `text` can be the ID of a row."""
        return is_row_id(text, self.model)

    def get_changelist(self, request: HttpRequest, **options: object) -> type[ReadOnlyList]:
        return ReadOnlyList

    def may_hide_rows(self, request: HttpRequest) -> bool:
        """Return whether a project's `get_queryset` may hide rows from this user."""
        rows = self.get_queryset(request).query
        return bool(rows.where or rows.is_sliced or rows.combinator or rows.distinct_fields)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[M]:
        """Read from the database that we write to: a replica that lags would show old states."""
        rows = super().get_queryset(request).using(router.db_for_write(self.model))
        related = self.list_select_related
        return rows.select_related(*related) if isinstance(related, tuple) else rows

    def address(self, page: str, *args: object) -> str:
        """Return the address of a page of this model, on the site that this admin is on."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=args, current_app=self.admin_site.name)

    def own(self, view: View) -> View:
        """Return `view` behind the admin's login, and in no transaction: keys commit by themselves."""
        guarded = self.admin_site.admin_view(view)
        for alias in connections:
            guarded = transaction.non_atomic_requests(using=alias)(guarded)
        return guarded

    def page(self, request: HttpRequest, template: str, **context: object) -> TemplateResponse:
        """Return a page of our own, with the context that the templates of the admin need."""
        request.current_app = self.admin_site.name
        frame = {"opts": self.opts, "media": self.media, "subtitle": None, "zone": zone()}
        everything = {**self.admin_site.each_context(request), **frame, **context}
        return TemplateResponse(request, f"admin/jwtkit/{template}", everything)


def viewable(site: admin.AdminSite, model: type[M], request: HttpRequest) -> ReadOnlyAdmin[M] | None:
    """Return our page of `model` on `site`, if there is one and the user may view it."""
    try:
        page = site.get_model_admin(model)
    except NotRegistered:
        return None
    return page if isinstance(page, ReadOnlyAdmin) and page.has_view_permission(request) else None
