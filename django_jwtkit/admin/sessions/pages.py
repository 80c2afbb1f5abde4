"""The pages of sessions: logins with their devices, and the actions that end them."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.contrib.auth import get_user_model
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_jwtkit import keys
from django_jwtkit.admin.permissions import END, has_permission, require
from django_jwtkit.admin.read_only import ReadOnlyAdmin, section
from django_jwtkit.admin.registering import register
from django_jwtkit.admin.row_ids import is_row_id
from django_jwtkit.sessions import Session, alive_at

from . import columns, ending
from .listing import (
    Bounded,
    KeyFilter,
    ReasonFilter,
    SessionList,
    Sessions,
    StateFilter,
    UsedFilter,
    names_of_users,
    search,
)
from .states import with_keys
from .story import describe_session

if TYPE_CHECKING:
    from django.contrib.admin.options import _FieldsetSpec, _ListDisplayT


@register(Session)
class SessionAdmin(ReadOnlyAdmin[Session]):
    """The password's stamp is on no page."""

    filters = (StateFilter, KeyFilter, UsedFilter, ReasonFilter)
    lookups = frozenset({"id", "user", "address", *(each.parameter_name for each in filters)})
    empty = gettext_lazy("Nobody has logged in yet.")
    list_display = (
        columns.name,
        columns.user,
        columns.state,
        columns.last_used,
        columns.place,
        columns.expires,
    )
    list_filter = filters
    list_select_related = ("user",)
    # By an index, and counted once and not to the end: with two million sessions that took seconds.
    ordering = ("-expires_on", "-created_at")
    show_full_result_count = False
    paginator = Bounded
    actions = ("end_selected", "end_all_of_these_users")
    change_form_template = "admin/jwtkit/session/record.html"

    def get_list_display(self, request: HttpRequest) -> "_ListDisplayT[Session]":
        may_end = self.has_end_permission(request)
        return (*self.list_display, self.end_link) if may_end else self.list_display

    @admin.display(description="")
    def end_link(self, session: Session) -> str:
        is_open = session.ended_at is None and session.expires_at > keys.now()
        return columns.link_to_end(session, self.address("end", session.pk)) if is_open else ""

    def get_fieldsets(self, request: HttpRequest, obj: Session | None = None) -> "_FieldsetSpec":
        """Return the facts of a session. One that has ended has no end before it."""
        times = columns.AHEAD if obj is None or obj.ended_at is None else (columns.ended,)
        return (
            (None, section("id", "user", columns.state)),
            (_("Life"), section((columns.created, columns.last_used), times)),
            (_("Refreshes"), section(columns.refreshes, columns.strays)),
            (_("Last used from"), section(columns.device, "address", "user_agent")),
        )

    def get_queryset(self, request: HttpRequest) -> Sessions:
        return with_keys(super().get_queryset(request), keys.now())

    def get_changelist(self, request: HttpRequest, **options: object) -> type[SessionList]:
        return SessionList

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return ("id", "address", *(f"user__{name}" for name in names_of_users()))

    def get_search_results(
        self, request: HttpRequest, queryset: Sessions, search_term: str
    ) -> tuple[Sessions, bool]:
        return search(queryset, search_term), False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Return False on our pages. The page of a user may delete them, and their sessions with them."""
        match = request.resolver_match
        ours = match is None or (match.url_name or "").startswith("jwtkit_")
        return obj is not None and not ours

    def get_urls(self) -> list[URLPattern]:
        own = self.own
        return [
            path("user/<path:user_id>/end/", own(self.end_user_view), name="jwtkit_session_end_user"),
            path("<path:object_id>/end/", own(self.end_view), name="jwtkit_session_end"),
            # Ending many commits by itself, batch after batch.
            path("", own(self.changelist_view), name="jwtkit_session_changelist"),
            *super().get_urls(),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        user = request.GET.get(columns.USER, "")
        may_end = bool(user) and self.has_end_permission(request) and self._is_logged_in(request, user)
        ours = {"of_user": user if may_end else ""}
        return super().changelist_view(request, {**ours, **(extra_context or {})})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        ours = {
            "may_end": self.has_end_permission(request),
            "of_user": columns.USER,
            **self._story(request, object_id),
        }
        return super().change_view(request, object_id, form_url, {**ours, **(extra_context or {})})

    def _is_logged_in(self, request: HttpRequest, user_id: str) -> bool:
        """Return whether a user has a session that could be ended; False for an ID that no user can have."""
        open_ones = self.get_queryset(request).filter(alive_at(keys.now()))
        return is_row_id(user_id, get_user_model()) and open_ones.filter(user_id=user_id).exists()

    def _story(self, request: HttpRequest, object_id: str) -> dict[str, object]:
        """Return what the page tells beside the columns: whether there is anything to end, and the story."""
        session = self.get_object(request, unquote(object_id))
        if session is None or not self.has_view_permission(request, session):
            return {}
        now = keys.now()
        others_alive = self._is_logged_in(request, str(session.user_id))
        is_alive = session.ended_at is None and session.expires_at > now
        story = list(describe_session(self, request, session))
        return {"is_alive": is_alive, "others_alive": others_alive, "story": story}

    def has_end_permission(self, request: HttpRequest) -> bool:
        return has_permission(self, request, END)

    @admin.action(permissions=["end"], description=gettext_lazy("End selected sessions"))
    def end_selected(self, request: HttpRequest, queryset: Sessions) -> HttpResponse | None:
        return self._end(request, "end_selected", queryset)

    @admin.action(permissions=["end"], description=gettext_lazy("End all sessions of these users"))
    def end_all_of_these_users(self, request: HttpRequest, queryset: Sessions) -> HttpResponse | None:
        users = queryset.order_by().values("user")
        return self._end(request, "end_all_of_these_users", self.get_queryset(request).filter(user__in=users))

    def end_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End one session, from its page."""
        if not self.is_row_id(object_id):
            raise Http404
        chosen = self.get_queryset(request).filter(pk=object_id)
        return self._end_these(request, chosen, self.address("change", object_id))

    def end_user_view(self, request: HttpRequest, user_id: str) -> HttpResponse:
        """End all sessions of a user, from the user's page or from a list of their sessions."""
        if not is_row_id(user_id, get_user_model()):
            raise Http404
        chosen = self.get_queryset(request).filter(user_id=user_id)
        return self._end_these(request, chosen, f"{self.address('changelist')}?{columns.USER}={user_id}")

    def _end_these(self, request: HttpRequest, chosen: Sessions, back: str) -> HttpResponse:
        require(self, request, END)
        if not chosen.exists():
            raise Http404
        if request.method != "POST":
            return ending.ask(self, request, chosen, back=back)
        ending.end(self, request, chosen)
        return HttpResponseRedirect(back)

    def _end(self, request: HttpRequest, action: str, chosen: Sessions) -> HttpResponse | None:
        """Ask for confirmation; then end those of `chosen` that are live, and go back to the list."""
        if "confirmed" in request.POST:
            ending.end(self, request, chosen)
            return None
        across, boxes = request.POST.get("select_across") == "1", request.POST.getlist(ACTION_CHECKBOX_NAME)
        # For all pages the rows are selected again; Django only needs one ticked box.
        form = {"action": action, "across": across, "chosen": boxes[:1] if across else boxes}
        back = request.get_full_path()
        return ending.ask(self, request, chosen, checkbox=ACTION_CHECKBOX_NAME, back=back, **form)
