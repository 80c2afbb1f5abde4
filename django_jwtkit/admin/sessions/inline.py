"""The open sessions of a user, for the project's own user admin."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.db import models
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from django_jwtkit import keys
from django_jwtkit.sessions import Session, alive_at

from . import columns
from .listing import LISTED
from .states import with_keys

CELLS: Final = (columns.name, columns.state, columns.last_used, columns.place, columns.expires)
NEWEST: Final = 10  # sessions on the page of a user; the list has the others

if TYPE_CHECKING:
    Base = BaseInlineFormSet[Session, models.Model, Any]
else:  # generic in its stubs only
    Base = BaseInlineFormSet


class SessionRows(Base):
    """Sessions as text, where Django expects forms.

    With two fields a session, a user with 500 of them could not be saved: Django takes a thousand fields.
    """

    def __init__(self, data: object = None, files: object = None, **options: Any) -> None:
        """Leave out `data`: the form has no field of ours, and saves nothing."""
        super().__init__(**options)
        self.new_objects = []
        self.changed_objects = []
        self.deleted_objects = []

    def total_form_count(self) -> int:
        return 0

    def initial_form_count(self) -> int:
        return 0

    def is_valid(self) -> bool:
        return True

    def save(self, commit: bool = True) -> list[Session]:
        return []

    @property
    def heads(self) -> list[str]:
        return [capfirst(str(label_for_field(cell, Session))) for cell in CELLS]

    @property
    def rows(self) -> Iterator[tuple[Session, list[SafeString]]]:
        return ((session, [cell(session) for cell in CELLS]) for session in self.newest)

    @cached_property
    def newest(self) -> models.QuerySet[Session]:
        return self._open[:NEWEST]

    @property
    def more(self) -> str:
        """How many sessions are not shown, counted no further than the list goes; empty for none."""
        if len(self.newest) < NEWEST:
            return ""
        others = self._open.order_by()[: NEWEST + LISTED + 1].count() - NEWEST
        if others > LISTED:
            return _("more than %d more") % LISTED
        return ngettext("%d more", "%d more", others) % others if others else ""

    @property
    def _open(self) -> models.QuerySet[Session]:
        return cast("models.QuerySet[Session]", self.queryset)


class SessionsInline(admin.TabularInline):  # type: ignore[type-arg] # generic in its stubs only
    """`inlines = [SessionsInline]`: where a user is logged in, with links to end that."""

    model = Session
    fk_name = "user"
    formset = SessionRows
    verbose_name_plural = gettext_lazy("open sessions")
    template = "admin/jwtkit/session/inline.html"
    extra = 0
    max_num = 0
    can_delete = False
    ordering = ("-last_used_at",)
    fields = readonly_fields = cast("tuple[str, ...]", CELLS)  # Django takes functions; its stubs do not

    class Media:
        css: ClassVar[dict[str, tuple[str, ...]]] = {"all": ("jwtkit/admin.css", "jwtkit/lists.css")}

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Session]:
        now = keys.now()
        return with_keys(super().get_queryset(request).filter(alive_at(now)).select_related("user"), now)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False
