"""The page of external identities: subjects of other issuers, and the users that they are."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import get_user_model
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from django_jwtkit import moments
from django_jwtkit.admin.badges import labelled, literal, short_id
from django_jwtkit.admin.dates import date
from django_jwtkit.admin.permissions import UNLINK, has_permission
from django_jwtkit.admin.read_only import ReadOnlyAdmin, section
from django_jwtkit.admin.registering import register
from django_jwtkit.issuers import ExternalIdentity

NAMED = 20  # identities by name on the page that asks for confirmation

Identities = models.QuerySet[ExternalIdentity]


@admin.display(description=gettext_lazy("subject"), ordering="subject")
def subject(identity: ExternalIdentity) -> SafeString:
    return short_id(identity.subject)


@admin.display(description=gettext_lazy("subject"))
def whole_subject(identity: ExternalIdentity) -> SafeString:
    return literal(identity.subject)


@admin.display(description=gettext_lazy("linked"), ordering="created_at")
def created(identity: ExternalIdentity) -> SafeString:
    return labelled(_("linked"), date(identity.created_at, moments.now()))


@admin.display(description=gettext_lazy("last seen"), ordering="last_seen_at")
def last_seen(identity: ExternalIdentity) -> SafeString:
    return labelled(_("last seen"), date(identity.last_seen_at, moments.now()))


@register(ExternalIdentity)
class ExternalIdentityAdmin(ReadOnlyAdmin[ExternalIdentity]):
    """Links are made by a first token or by `issuers.link`; here they can only be removed."""

    lookups = frozenset({"id", "user", "issuer"})
    empty = gettext_lazy("No user is linked to a subject of another issuer yet.")
    list_display = (subject, "issuer", "user", created, last_seen)
    list_filter = ("issuer",)
    list_select_related = ("user",)
    show_full_result_count = False
    actions = ("unlink_selected",)
    fieldsets = ((None, section("issuer", whole_subject, "user", created, last_seen)),)

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("=subject", f"user__{get_user_model().USERNAME_FIELD}")

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Return False on our pages. The page of a user may delete them, and their identities with them."""
        match = request.resolver_match
        ours = match is None or (match.url_name or "").startswith("jwtkit_")
        return obj is not None and not ours

    def has_unlink_permission(self, request: HttpRequest) -> bool:
        return has_permission(self, request, UNLINK)

    @admin.action(permissions=["unlink"], description=gettext_lazy("Unlink selected identities"))
    def unlink_selected(self, request: HttpRequest, queryset: Identities) -> HttpResponse | None:
        """Ask for confirmation; then remove the links. The users stay, and so does what they have."""
        if "confirmed" in request.POST:
            self._unlink(request, queryset)
            return None
        count = queryset.count()
        across = request.POST.get("select_across") == "1"
        boxes = request.POST.getlist(ACTION_CHECKBOX_NAME)
        context: dict[str, Any] = {"count": count, "more": max(count - NAMED, 0), "across": across}
        return self.page(
            request,
            "externalidentity/unlink.html",
            title=_("Unlink identities"),
            identities=queryset.select_related("user")[:NAMED],
            # For all pages the rows are selected again; Django only needs one ticked box.
            chosen=boxes[:1] if across else boxes,
            checkbox=ACTION_CHECKBOX_NAME,
            action="unlink_selected",
            back=request.get_full_path(),
            **context,
        )

    def _unlink(self, request: HttpRequest, identities: Identities) -> None:
        count = 0
        for identity in identities.select_related("user"):
            message = _("Unlinked from %(issuer)s.") % {"issuer": identity.issuer}
            self.log_change(request, identity.user, message)  # type: ignore[arg-type] # what is left is the user
            identity.delete()
            count += 1
        message = ngettext("%d identity is unlinked.", "%d identities are unlinked.", count) % count
        self.message_user(request, message, messages.SUCCESS if count else messages.WARNING)
