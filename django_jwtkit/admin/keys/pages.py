"""The pages of keys: the list, a key, its history, and the views that change keys."""

from typing import Final

from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models, router
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from django_jwtkit.admin.permissions import REVOKE, ROTATE, has_permission, require
from django_jwtkit.admin.read_only import ReadOnlyAdmin
from django_jwtkit.admin.registering import register
from django_jwtkit.conf import conf
from django_jwtkit.consequences import refuse_newest, sealed_rows
from django_jwtkit.errors import SealingKeyInUse
from django_jwtkit.keys import KeyEvent, StoredKey

from . import changing, columns
from .changing import Target
from .filters import RingFilter, StateFilter
from .key_page import EventLine, describe_events, describe_key
from .listing import KeyList
from .public import FORMS, public_file

EVENTS: Final = 100  # newest events on a key's page
TYPED: Final = 8  # letters of a kid that are typed to confirm
DIGITS: Final = 18  # of a row's number in an address: more fit no column


@register(StoredKey)
class StoredKeyAdmin(ReadOnlyAdmin[StoredKey]):
    """A project whose tenants have keys of their own overrides `get_queryset`, and every page follows it."""

    lookups = frozenset({"id", "kid", "ring", "alg", "use", StateFilter.parameter_name})
    list_display = (columns.name, "ring", "alg", columns.state, columns.trusted)
    list_filter = (StateFilter, ("ring", RingFilter), "alg")
    list_select_related = ("ring",)
    search_fields = ("kid", "ring__name")
    sortable_by = ()
    change_list_template = "admin/jwtkit/storedkey/change_list.html"

    def get_changelist(self, request: HttpRequest, **options: object) -> type[KeyList]:
        return KeyList

    def get_urls(self) -> list[URLPattern]:
        rotate, own = self.own(self.rotate_view), self.own
        return [
            path("rotate/<path:ring>/", rotate, {"at_once": True}, "jwtkit_storedkey_rotate"),
            path("due/", own(self.run_all_view), name="jwtkit_storedkey_due_all"),
            path("due/<path:ring>/", rotate, {"at_once": False}, "jwtkit_storedkey_due"),
            path("make/<path:ring>/", own(self.make_view), name="jwtkit_storedkey_make"),
            path("import/", own(self.import_view), name="jwtkit_storedkey_import"),
            path("revoked/", own(self.revoked_view), name="jwtkit_storedkey_revoked"),
            path("revoke/ring/<path:ring>/", own(self.revoke_ring_view), name="jwtkit_storedkey_revoke_ring"),
            path(
                "revoke/sealing/<path:key_id>/",
                own(self.revoke_sealing_view),
                name="jwtkit_storedkey_revoke_sealing",
            ),
            path(
                "<path:object_id>/public.<slug:form>", own(self.public_view), name="jwtkit_storedkey_public"
            ),
            path("<path:object_id>/revoke/", own(self.revoke_view), name="jwtkit_storedkey_revoke"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        ours = {"may_import": self.may_import(request)}
        return super().changelist_view(request, {**ours, **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        """Show a key. Nothing can be changed here, so there is no form, and a POST is refused."""
        key = self._key(request, object_id)
        if key is None:
            missing: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
            return missing
        if request.method != "GET" or not self.has_view_permission(request, key):
            raise PermissionDenied
        ours = {"events": self._events_of(request, key)}
        page = {**describe_key(self, request, key), **ours, **(extra_context or {})}
        return self.page(request, "storedkey/key.html", original=key, **page)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Show the events of a key: the admin's own log knows only of those that came through it."""
        key = self._key(request, object_id)
        if key is None:
            missing: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
            return missing
        if not self.has_view_permission(request, key):
            raise PermissionDenied
        events = self._events_of(request, key)
        page = {"title": _("Events"), "original": key, "events": events}
        return self.page(request, "storedkey/history.html", **page, **(extra_context or {}))

    def public_view(self, request: HttpRequest, object_id: str, form: str) -> HttpResponse:
        """Return the public part of a key as a file, to users that may view the key."""
        key = self._key(request, object_id)
        if not self.has_view_permission(request, key):
            raise PermissionDenied
        if key is None or form not in FORMS:
            raise Http404(object_id)
        return public_file(key, form)

    def rotate_view(self, request: HttpRequest, ring: str, *, at_once: bool) -> HttpResponse:
        require(self, request, ROTATE)
        self._refuse_unseen(request, ring)
        return changing.rotate(self, request, ring, at_once=at_once)

    def run_all_view(self, request: HttpRequest) -> HttpResponse:
        require(self, request, ROTATE)
        return changing.run_all(self, request, self.rings(request))

    def make_view(self, request: HttpRequest, ring: str) -> HttpResponse:
        require(self, request, ROTATE)
        self._refuse_unseen(request, ring)
        return changing.make(self, request, ring)

    def import_view(self, request: HttpRequest) -> HttpResponse:
        if not self.may_import(request):
            raise PermissionDenied
        return changing.import_public(self, request, self.rings(request))

    def may_import(self, request: HttpRequest) -> bool:
        """Return whether this user may import a public key, whose owner can forge a token of any user."""
        user = request.user
        return user.is_active and user.is_superuser and has_permission(self, request, ROTATE)

    def revoke_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        require(self, request, REVOKE)
        key = self._key(request, object_id)
        if key is None:
            raise Http404(object_id)
        title, back = _("Permanently revoke this key"), self.address("change", key.pk)
        return changing.revoke(self, request, [key], Target(title, key.kid[:TYPED], back))

    def revoke_ring_view(self, request: HttpRequest, ring: str) -> HttpResponse:
        require(self, request, REVOKE)
        if "\0" in ring:  # PostgreSQL raises an error for it
            raise Http404
        rows = self.get_queryset(request).filter(ring_id=ring, archived=False)
        keys = [row for row in rows if row.ring_id == ring]
        if not keys:
            raise Http404(ring)
        title = _("Permanently revoke all keys of ring “%(ring)s”") % {"ring": ring}
        return changing.revoke(self, request, keys, Target(title, ring, self.address("changelist")))

    def revoke_sealing_view(self, request: HttpRequest, key_id: str) -> HttpResponse:
        require(self, request, REVOKE)
        back = self.address("changelist")
        try:
            refuse_newest(key_id)
        except SealingKeyInUse:
            return changing.explain_newest(self, request, key_id)
        keys = sealed_rows(key_id, self.get_queryset(request).exclude(sealed="").filter(revoked_at=None))
        title = _("Permanently revoke all keys sealed under “%(key)s”") % {"key": key_id}
        return changing.revoke(self, request, keys, Target(title, key_id, back, sealing_key=key_id))

    def revoked_view(self, request: HttpRequest) -> HttpResponse:
        """Show what was done: the keys that the address names, and the events of their revocation."""
        require(self, request, REVOKE)
        numbers = [text for text in request.GET.get("keys", "").split(",") if text.isdecimal()]
        chosen = [int(text) for text in numbers if len(text) <= DIGITS][: changing.MOST]
        rows = list(self.get_queryset(request).filter(pk__in=chosen).exclude(revoked_at=None))
        if not rows:
            raise Http404
        moments, rings = {row.revoked_at for row in rows}, {row.ring_id for row in rows}
        events = self._events(request).filter(ring_id__in=rings, at__in=moments).order_by("ring_id", "pk")
        return changing.show_revoked(self, request, rows, describe_events(self, request, events[:EVENTS]))

    def rings(self, request: HttpRequest) -> list[str]:
        """Return the rings that this user may see: where `get_queryset` hides rows, those with a visible key.

        A ring without keys may belong to another tenant.
        """
        if not self.may_hide_rows(request):
            return list(conf().rings)
        rows = self.get_queryset(request).order_by()
        visible = set(rows.values_list("ring_id", flat=True).distinct())
        return [ring for ring in conf().rings if ring in visible]

    def _refuse_unseen(self, request: HttpRequest, ring: str) -> None:
        if ring not in self.rings(request):
            raise Http404(ring)

    def _events_of(self, request: HttpRequest, key: StoredKey) -> list[EventLine]:
        events = self._events(request).filter(kid=key.kid, ring_id=key.ring_id)[:EVENTS]
        return describe_events(self, request, events)

    def _events(self, request: HttpRequest) -> models.QuerySet[KeyEvent]:
        """Return the events that the page of events would show to this user, if there is such a page."""
        try:
            return self.admin_site.get_model_admin(KeyEvent).get_queryset(request)
        except NotRegistered:
            return KeyEvent.objects.using(router.db_for_write(KeyEvent))

    def _key(self, request: HttpRequest, object_id: str) -> StoredKey | None:
        return self.get_object(request, unquote(object_id))
