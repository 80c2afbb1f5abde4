"""The keys in the admin: their picture, what the next run would do, the list; how to rotate and revoke."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import cast

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models, router
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_jwtkit.conf import conf
from django_jwtkit.keys import KeyEvent, StoredKey

from . import operations, timeline
from .cells import keys as cells
from .cells import wording
from .readonly import Cell, ReadOnlyAdmin, section
from .rings import outlooks

DRAWN = 8  # newest keys a ring in the picture
EVENTS = 100  # newest events on a key's page


class StateFilter(admin.SimpleListFilter):
    """By state, which the clock makes and no column holds: a ring has few keys, so each is looked at."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(state.lower(), str(words.name)) for state, words in wording.STATES.items()]

    def queryset(
        self, request: HttpRequest, queryset: models.QuerySet[StoredKey]
    ) -> models.QuerySet[StoredKey]:
        if self.value() is None:
            return queryset
        now = timezone.now()
        return queryset.filter(pk__in=[key.pk for key in queryset if key.state(now).lower() == self.value()])


@admin.register(StoredKey)
class StoredKeyAdmin(ReadOnlyAdmin[StoredKey]):
    """A project whose tenants have keys of their own overrides `get_queryset`: each page here keeps to it."""

    lookups = frozenset({"id", "kid", "ring", "alg", "use", StateFilter.parameter_name})
    list_display = (
        cells.name,
        "ring",
        "alg",
        cells.state,
        cells.published,
        cells.signs,
        cells.verifies_until,
    )
    list_filter = (StateFilter, "ring", "alg")
    list_select_related = ("ring",)
    search_fields = ("kid", "ring__name")
    fieldsets = (
        (None, section("kid", ("ring", "alg", "use"), cells.state)),
        (
            gettext_lazy("Life"),
            section(
                (cells.published, cells.signs, cells.verifies_until),
                (cells.longest_token, cells.revoked, "reason"),
            ),
        ),
        (gettext_lazy("Parts"), section(cells.fitness, cells.private_part, cells.public_part)),
    )

    def get_list_display(self, request: HttpRequest) -> list[Cell[StoredKey]]:
        shown = [*super().get_list_display(request)]
        return [*shown, cells.revocation] if self.may(request, "revoke_key") else shown

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
        ours = {
            "title": _("Keys"),
            "picture": timeline.draw(self._drawn(request, rings), timezone.now()),
            "outlooks": list(outlooks(rings)),
            "may_rotate": self.may(request, "rotate_key"),
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
            events = KeyEvent.objects.using(router.db_for_write(KeyEvent)).filter(
                kid=key.kid, ring_id=key.ring_id
            )
            ours = {
                "picture": timeline.draw([key], timezone.now()),
                "events": events[:EVENTS],
                "may_revoke": self.may(request, "revoke_key") and cells.revocation(key),
            }
        return super().change_view(request, object_id, form_url, {**ours, **(extra_context or {})})

    def rotate_view(self, request: HttpRequest, ring: str, *, at_once: bool) -> HttpResponse:
        self._demand(request, "rotate_key")
        if ring not in self.rings(request):
            raise Http404(ring)
        return operations.rotate(self, request, ring, at_once=at_once)

    def revoke_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        self._demand(request, "revoke_key")
        key = self._key(request, object_id)
        if key is None:
            raise Http404(object_id)
        return operations.revoke(self, request, key)

    def rings(self, request: HttpRequest) -> list[str]:
        """The rings that this user may see: all but those whose every key `get_queryset` hides."""
        mine = self.get_queryset(request)
        seen, full = (
            set(rows.values_list("ring_id", flat=True)) for rows in (mine, StoredKey.objects.using(mine.db))
        )
        return [ring for ring in conf().rings if ring in seen or ring not in full]

    def may(self, request: HttpRequest, permission: str) -> bool:
        """Whether the user holds `permission`, on top of seeing keys at all."""
        return self.has_view_permission(request) and request.user.has_perm(f"jwtkit.{permission}")

    def _demand(self, request: HttpRequest, permission: str) -> None:
        if not self.may(request, permission):
            raise PermissionDenied

    def _key(self, request: HttpRequest, object_id: str) -> StoredKey | None:
        return self.get_object(request, unquote(object_id))

    def _drawn(self, request: HttpRequest, rings: Sequence[str]) -> Iterator[StoredKey]:
        """The newest keys of each ring, oldest first; rings in the settings' order, forgotten ones last."""
        order = {ring: place for place, ring in enumerate(rings)}
        rows = sorted(
            cast("Iterable[StoredKey]", self.get_queryset(request)),
            key=lambda key: (
                order.get(key.ring_id, len(order)),
                key.ring_id,
                key.sign_from or key.published_at,
            ),
        )
        for _ring, keys in groupby(rows, key=lambda key: key.ring_id):
            yield from list(keys)[-DRAWN:]
