"""Ending sessions: what a page says before it does so, and what is written down afterwards."""

from typing import Any, Final, cast

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from django_jwtkit import keys, sessions
from django_jwtkit.admin.dates import how_long
from django_jwtkit.admin.read_only import ReadOnlyAdmin
from django_jwtkit.conf import conf
from django_jwtkit.sessions import Session, alive_at, client_of

NAMED: Final = 20  # sessions by name on the page that asks for confirmation
LOGGED: Final = 100  # sessions that get an entry each in the admin's log; more get one for all
REASON: Final = "admin"

Sessions = models.QuerySet[Session]


def ask(admin: ReadOnlyAdmin[Session], request: HttpRequest, of: Sessions, /, **context: Any) -> HttpResponse:
    """Show which of the sessions `of` would end, and what that means."""
    live = of.filter(alive_at(keys.now()))
    count, settings = live.count(), conf()
    return admin.page(
        request,
        "session/end.html",
        title=_("End sessions"),
        live=live.select_related("user")[:NAMED],
        count=count,
        more=max(count - NAMED, 0),
        is_checked=settings.CHECK_SESSION,
        lifetime=how_long(settings.ACCESS_TOKEN_LIFETIME + settings.LEEWAY),
        **context,
    )


def end(admin: ReadOnlyAdmin[Session], request: HttpRequest, chosen: Sessions) -> None:
    """End those of `chosen` that are live, in batches that last, and say and write down how many."""
    live = chosen.filter(alive_at(keys.now()))
    rows = list(live.order_by()[: LOGGED + 1])
    by, address = str(request.user.pk), client_of(request).address
    count = sessions.end_many(live, reason=REASON, by=by, address=address)
    if count > LOGGED or count != len(rows):
        _log_all(request, count)
    else:
        for session in rows:
            admin.log_change(request, session, _("Ended."))
    message = ngettext("%d session has ended.", "%d sessions have ended.", count) % count
    admin.message_user(request, message, messages.SUCCESS if count else messages.WARNING)


def _log_all(request: HttpRequest, count: int) -> None:
    """Write one entry for all, and none for nothing."""
    if count:
        words = ngettext("%d session", "%d sessions", count) % count
        LogEntry.objects.create(
            user_id=cast("int", request.user.pk),
            content_type=ContentType.objects.get_for_model(Session),
            object_repr=words,
            action_flag=CHANGE,
            change_message=_("Ended."),
        )
