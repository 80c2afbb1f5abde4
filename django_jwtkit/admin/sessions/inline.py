"""The live sessions of a user, for the project's own user admin."""

from typing import ClassVar, Final, cast

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from django_jwtkit import keys
from django_jwtkit.sessions import Session, alive_at

from . import columns
from .states import with_keys

CELLS: Final = (columns.state, columns.last_used, columns.place, columns.expires)


class SessionsInline(admin.TabularInline):  # type: ignore[type-arg] # generic in its stubs only
    """`inlines = [SessionsInline]`: where a user is logged in, with links to end that."""

    model = Session
    fk_name = "user"
    verbose_name_plural = gettext_lazy("live sessions")
    template = "admin/jwtkit/session/inline.html"
    extra = 0
    max_num = 0
    can_delete = False
    show_change_link = True
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
