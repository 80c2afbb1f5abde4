"""The pages of keys: the list with the timeline and the next plans, a key, and the views that change keys."""

from collections.abc import Sequence

from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models, router
from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_jwtkit import keys
from django_jwtkit.admin.permissions import REVOKE, ROTATE, has_permission, require
from django_jwtkit.admin.read_only import Cell, ReadOnlyAdmin, section
from django_jwtkit.conf import conf
from django_jwtkit.keys import KeyEvent, StoredKey
from django_jwtkit.keys.store import BEGINS

from . import actions, columns, timeline
from .filters import RingFilter, StateFilter
from .next_run import next_runs

DRAWN = 8  # keys in the timeline for each ring, the newest
RINGS = 20  # rings in the timeline and in the table of plans; others are chosen by the filter
RING_FILTER = "ring__name__exact"
EVENTS = 100  # newest events on a key's page


@admin.register(StoredKey)
class StoredKeyAdmin(ReadOnlyAdmin[StoredKey]):
    """A project whose tenants have keys of their own overrides `get_queryset`, and every page follows it."""

    lookups = frozenset({"id", "kid", "ring", "alg", "use", StateFilter.parameter_name})
    list_display = (
        columns.name,
        "ring",
        "alg",
        columns.state,
        columns.published,
        columns.signs,
        columns.verifies_until,
    )
    list_filter = (StateFilter, ("ring", RingFilter), "alg")
    list_select_related = ("ring",)
    search_fields = ("kid", "ring__name")
    fieldsets = (
        (None, section("kid", ("ring", "alg", "use"), columns.state)),
        (
            gettext_lazy("Life"),
            section(
                (columns.published, columns.signs, columns.verifies_until),
                (columns.longest_token, columns.revoked, "reason"),
            ),
        ),
        (gettext_lazy("Key material"), section(columns.check, columns.private_part, columns.public_part)),
    )

    def get_list_display(self, request: HttpRequest) -> list[Cell[StoredKey]]:
        cells = [*super().get_list_display(request)]
        return [*cells, columns.revocation] if has_permission(self, request, REVOKE) else cells

    def get_urls(self) -> list[URLPattern]:
        rotate, revoke = self.own(self.rotate_view), self.own(self.revoke_view)
        return [
            path("rotate/<path:ring>/", rotate, {"at_once": True}, "jwtkit_storedkey_rotate"),
            path("due/<path:ring>/", rotate, {"at_once": False}, "jwtkit_storedkey_due"),
            path("<path:object_id>/revoke/", revoke, name="jwtkit_storedkey_revoke"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rings = self.rings(request)
        chosen = request.GET.get(RING_FILTER)
        visible = [ring for ring in rings if chosen in (None, ring)][:RINGS]
        ours = {
            "title": _("Keys"),
            "picture": timeline.draw(self._drawn(request, rings, visible), keys.now()),
            "next_runs": list(next_runs(visible)),
            "more_rings": 0 if chosen else len(rings) - len(visible),
            "may_rotate": has_permission(self, request, ROTATE),
        }
        return super().changelist_view(request, {**ours, **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        key = self._key(request, object_id)
        ours: dict[str, object] = {}
        if key is not None and self.has_view_permission(request, key):
            events = self._events(request).filter(kid=key.kid, ring_id=key.ring_id)
            ours = {
                "picture": timeline.draw([key], keys.now()),
                "events": events[:EVENTS],
                "may_revoke": has_permission(self, request, REVOKE) and columns.revocation(key),
            }
        return super().change_view(request, object_id, form_url, {**ours, **(extra_context or {})})

    def rotate_view(self, request: HttpRequest, ring: str, *, at_once: bool) -> HttpResponse:
        require(self, request, ROTATE)
        if ring not in self.rings(request):
            raise Http404(ring)
        return actions.rotate(self, request, ring, at_once=at_once)

    def revoke_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        require(self, request, REVOKE)
        key = self._key(request, object_id)
        if key is None:
            raise Http404(object_id)
        return actions.revoke(self, request, key)

    def rings(self, request: HttpRequest) -> list[str]:
        """Return the rings that this user may see: where `get_queryset` hides rows, those with a visible key.

        A ring without keys may belong to another tenant.
        """
        if not self.may_hide_rows(request):
            return list(conf().rings)
        rows = self.get_queryset(request).order_by()
        visible = set(rows.values_list("ring_id", flat=True).distinct())
        return [ring for ring in conf().rings if ring in visible]

    def _events(self, request: HttpRequest) -> models.QuerySet[KeyEvent]:
        """Return the events that the page of events would show to this user, if there is such a page."""
        try:
            return self.admin_site.get_model_admin(KeyEvent).get_queryset(request)
        except NotRegistered:
            return KeyEvent.objects.using(router.db_for_write(KeyEvent))

    def _key(self, request: HttpRequest, object_id: str) -> StoredKey | None:
        return self.get_object(request, unquote(object_id))

    def _drawn(self, request: HttpRequest, rings: Sequence[str], visible: Sequence[str]) -> list[StoredKey]:
        """Return the newest keys of the `visible` rings, oldest first, and last those of other rings."""
        chosen, order = request.GET.get(RING_FILTER), {ring: place for place, ring in enumerate(rings)}
        hidden = [ring for ring in rings if ring not in visible]
        condition = Q(ring_id=chosen) if chosen else ~Q(ring_id__in=hidden)
        newest = Window(RowNumber(), partition_by="ring_id", order_by=[BEGINS.desc(), F("pk").desc()])
        rows = self.get_queryset(request).filter(condition).order_by().annotate(newest=newest)
        return sorted(
            rows.filter(newest__lte=DRAWN),
            key=lambda key: (order.get(key.ring_id, len(order)), key.ring_id, key.begins),
        )
