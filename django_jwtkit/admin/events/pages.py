"""The pages of the history of keys. Its rows are append-only, and so is this page."""

from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from django_jwtkit.admin.badges import short_id
from django_jwtkit.admin.dates import NOTHING
from django_jwtkit.admin.keys.filters import RingFilter
from django_jwtkit.admin.read_only import ReadOnlyAdmin, ReadOnlyList, section
from django_jwtkit.admin.registering import register
from django_jwtkit.keys import KeyEvent, StoredKey

from .actions import ActionFilter, SourceFilter
from .columns import action, author, through, what, when
from .export import export


class EventList(ReadOnlyList):
    @property
    def whole_query(self) -> str:
        """The filters and the order of the list, without its page."""
        return str(self.get_query_string(remove=["p", "all"]))


@register(KeyEvent)
class KeyEventAdmin(ReadOnlyAdmin[KeyEvent]):
    lookups = frozenset({"id", "ring", "kid", "action", "at", "source"})
    empty = gettext_lazy("Nothing has happened to a key yet.")
    list_display = (when, action, "key", what, "ring", author, through)
    list_filter = ("at", ("action", ActionFilter), ("ring", RingFilter), ("source", SourceFilter))
    list_select_related = ("ring",)
    search_fields = ("kid", "who", "detail")
    fieldsets = ((None, section(when, action, "key", "of_ring", author, through, what)),)
    change_form_template = "admin/jwtkit/keyevent/record.html"
    change_list_template = "admin/jwtkit/keyevent/change_list.html"

    @admin.display(description=gettext_lazy("key"), ordering="kid")
    def key(self, event: KeyEvent) -> str:
        """Return the kid, with a link to the key for a user who may view it."""
        if not event.kid:
            return NOTHING
        number = getattr(event, "key_number", None)
        keys_admin = self._keys_admin()
        if number is None or keys_admin is None:
            return short_id(event.kid)
        return format_html('<a href="{}">{}</a>', keys_admin.address("change", number), short_id(event.kid))

    @admin.display(description=gettext_lazy("ring"), ordering="ring")
    def of_ring(self, event: KeyEvent) -> str:
        """Return the ring, with a link to its keys for a user who may view keys."""
        keys_admin = self._keys_admin()
        if keys_admin is None or not hasattr(event, "key_number"):
            return event.ring_id
        address = f"{keys_admin.address('changelist')}?{urlencode({'ring__name__exact': event.ring_id})}"
        return format_html('<a href="{}">{}</a>', address, event.ring_id)

    def get_queryset(self, request: HttpRequest) -> QuerySet[KeyEvent]:
        """Return the events of the keys that this user may see on the page of keys."""
        events = super().get_queryset(request)
        keys_admin = self._keys_admin()
        if keys_admin is None:
            return events
        visible = keys_admin.get_queryset(request).order_by()
        visible = visible.filter(kid=OuterRef("kid"), ring_id=OuterRef("ring_id"))
        if keys_admin.has_view_permission(request):
            events = events.annotate(key_number=Subquery(visible.values("pk")[:1]))
        return events.filter(Exists(visible)) if keys_admin.may_hide_rows(request) else events

    def get_urls(self) -> list[URLPattern]:
        view = self.own(self.export_view)
        return [path("export/", view, name="jwtkit_keyevent_export"), *super().get_urls()]

    def get_changelist(self, request: HttpRequest, **options: object) -> type[EventList]:
        return EventList

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Return the list that the same query shows, all pages of it, as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            return export(request, self.get_changelist_instance(request).queryset)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(self.address("changelist"))

    def _keys_admin(self) -> ReadOnlyAdmin[StoredKey] | None:
        """Return the pages of keys on this site, if they are ours."""
        try:
            keys_admin = self.admin_site.get_model_admin(StoredKey)
        except NotRegistered:
            return None
        return keys_admin if isinstance(keys_admin, ReadOnlyAdmin) else None
