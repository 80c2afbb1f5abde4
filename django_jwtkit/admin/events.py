"""The history of keys. Its rows are append-only, and so is this page."""

from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from django_jwtkit.keys import KeyEvent, StoredKey

from .dates import exact
from .keys.filters import RingFilter
from .read_only import ReadOnlyAdmin, section
from .registering import register
from .sentences import history


@admin.display(description=gettext_lazy("when"), ordering="at")
def when(event: KeyEvent) -> SafeString:
    return exact(event.at)


@admin.display(description=gettext_lazy("action"), ordering="action")
def action(event: KeyEvent) -> SafeString:
    return format_html('<span class="jwtkit-event jwtkit-{0}">{0}</span>', event.action)


@admin.display(description=gettext_lazy("what"), ordering="detail")
def what(event: KeyEvent) -> SafeString:
    return history(event.detail)


@admin.display(description=gettext_lazy("author"), ordering="who")
def author(event: KeyEvent) -> str:
    return event.who


@admin.display(description=gettext_lazy("through"), ordering="source")
def through(event: KeyEvent) -> str:
    return event.source


@register(KeyEvent)
class KeyEventAdmin(ReadOnlyAdmin[KeyEvent]):
    lookups = frozenset({"id", "ring", "kid", "action", "at", "source"})
    list_display = (when, action, what, "ring", author, through)
    list_filter = ("action", ("ring", RingFilter), "source")
    list_select_related = ("ring",)
    search_fields = ("kid", "who", "detail")
    fieldsets = ((None, section(when, action, "kid", "ring", author, through, what)),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[KeyEvent]:
        """Return the events of the keys that this user may see on the page of keys."""
        events = super().get_queryset(request)
        try:
            keys_admin = self.admin_site.get_model_admin(StoredKey)
        except NotRegistered:
            return events
        if not isinstance(keys_admin, ReadOnlyAdmin) or not keys_admin.may_hide_rows(request):
            return events
        visible = keys_admin.get_queryset(request).order_by()
        return events.filter(Exists(visible.filter(kid=OuterRef("kid"), ring_id=OuterRef("ring_id"))))
