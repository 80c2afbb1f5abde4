"""The pages of sessions: logins with their devices, and the actions that end them."""

from typing import cast

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import get_user_model
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from django_jwtkit import keys, sessions
from django_jwtkit.admin.permissions import END, has_permission
from django_jwtkit.admin.read_only import ReadOnlyAdmin, section
from django_jwtkit.admin.registering import register
from django_jwtkit.sessions import Session, client_of

from . import columns

NAMED = 20  # sessions by name on the page that asks for confirmation
LISTED = 10_000  # sessions in the list; others are found by search and filters
REASON = "admin"

Sessions = models.QuerySet[Session]


class Bounded(Paginator):  # type: ignore[type-arg] # generic in its stubs only
    """Pages of no more than `LISTED` rows: counting reads each row, and no one turns so many pages."""

    @cached_property
    def count(self) -> int:
        return cast("Sessions", self.object_list).order_by()[:LISTED].count()


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(name, str(state.name)) for name, state in columns.STATES.items()]

    def queryset(self, request: HttpRequest, queryset: Sessions) -> Sessions:
        state = columns.STATES.get(self.value() or "")
        return queryset if state is None else queryset.filter(state.rows(keys.now()))


@register(Session)
class SessionAdmin(ReadOnlyAdmin[Session]):
    """The bookkeeping of refresh tokens (counter, password stamp) is on no page."""

    lookups = frozenset({"id", "user", "address", StateFilter.parameter_name})
    list_display = (
        columns.name,
        "user",
        columns.state,
        columns.last_used,
        "address",
        columns.device,
        columns.created,
        columns.expires,
    )
    list_filter = (StateFilter,)
    list_select_related = ("user",)
    # By an index, and counted once and not to the end: with two million sessions that took seconds.
    ordering = ("-expires_at",)
    show_full_result_count = False
    paginator = Bounded
    actions = ("end_selected", "end_all_of_these_users")
    fieldsets = (
        (None, section("id", "user", columns.state)),
        (
            gettext_lazy("Life"),
            section((columns.created, columns.last_used), (columns.expires, columns.ends_by), columns.ended),
        ),
        (gettext_lazy("Last used from"), section("address", "user_agent")),
    )

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("id", "address", f"user__{get_user_model().USERNAME_FIELD}")

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Return False on our pages. The page of a user may delete them, and their sessions with them."""
        match = request.resolver_match
        ours = match is None or (match.url_name or "").startswith("jwtkit_")
        return obj is not None and not ours

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {"listed": LISTED, **(extra_context or {})})

    def has_end_permission(self, request: HttpRequest) -> bool:
        return has_permission(self, request, END)

    @admin.action(permissions=["end"], description=gettext_lazy("End selected sessions"))
    def end_selected(self, request: HttpRequest, queryset: Sessions) -> HttpResponse | None:
        return self._end(request, "end_selected", queryset)

    @admin.action(permissions=["end"], description=gettext_lazy("End all sessions of these users"))
    def end_all_of_these_users(self, request: HttpRequest, queryset: Sessions) -> HttpResponse | None:
        users = queryset.order_by().values("user")
        return self._end(request, "end_all_of_these_users", self.get_queryset(request).filter(user__in=users))

    def _end(self, request: HttpRequest, action: str, chosen: Sessions) -> HttpResponse | None:
        """Ask for confirmation; then end those of `chosen` that are live, and go back to the list."""
        live = chosen.filter(columns.STATES["live"].rows(keys.now()))
        if "confirmed" in request.POST:
            self._carry_out(request, live)
            return None
        count = live.count()
        across = request.POST.get("select_across") == "1"
        boxes = request.POST.getlist(ACTION_CHECKBOX_NAME)
        return self.page(
            request,
            "session/end.html",
            title=_("End sessions"),
            live=live.select_related("user")[:NAMED],
            count=count,
            more=max(count - NAMED, 0),
            action=action,
            across=across,
            # For all pages the rows are selected again; Django only needs one ticked box.
            chosen=boxes[:1] if across else boxes,
            checkbox=ACTION_CHECKBOX_NAME,
        )

    def _carry_out(self, request: HttpRequest, live: Sessions) -> None:
        count, address = 0, client_of(request).address
        for session in live:
            account, by = str(session.user_id), str(request.user.pk)
            if sessions.end(session.pk, reason=REASON, by=by, address=address, account=account):
                self.log_change(request, session, _("Ended."))
                count += 1
        message = ngettext("%d session has ended.", "%d sessions have ended.", count) % count
        self.message_user(request, message, messages.SUCCESS if count else messages.WARNING)
