"""The story of a session on its page: how it ended, and what its user or an operator can do."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from logging import INFO
from typing import Final, NamedTuple

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_jwtkit import keys
from django_jwtkit.admin.badges import short_id, whole_id
from django_jwtkit.admin.dates import date, exact, how_long
from django_jwtkit.admin.permissions import INTROSPECT
from django_jwtkit.admin.read_only import ReadOnlyAdmin, viewable
from django_jwtkit.conf import conf
from django_jwtkit.consequences import keys_of
from django_jwtkit.keys import StoredKey
from django_jwtkit.logs import get_logger
from django_jwtkit.sessions import Session

from .states import outcome_of


class Story(NamedTuple):
    """What an outcome means, and what to do about it."""

    happened: Promise
    advice: Promise


LOGGER: Final = get_logger("sessions")
LOG_IN: Final = gettext_lazy("The user logs in again.")
UNKNOWN: Final = Story(gettext_lazy("The project has ended it, for a reason of its own."), LOG_IN)
STORIES: Final[Mapping[str, Story]] = {
    "logout": Story(
        gettext_lazy("The user or their client has logged out of this session."),
        gettext_lazy(
            "The user logs in again. Where the user did not log out, ask which application did: the log line "
            "session_ended (INFO) has the address."
        ),
    ),
    "logout_all": Story(
        gettext_lazy("The user, or the project for them, has ended all of their sessions."),
        gettext_lazy(
            "The user logs in again. Where it was not the user, someone else has access to the account: have "
            "the password changed."
        ),
    ),
    "admin": Story(gettext_lazy("A member of staff has ended it in the admin."), LOG_IN),
    "refresh_reused": Story(
        gettext_lazy(
            "A refresh token that had been replaced was used again. Either the token was stolen, or the "
            "client has kept an old one. The session has ended, to shut out whoever has the copy."
        ),
        gettext_lazy(
            "The user logs in again. The log line refresh_reused has the address of the other client: where "
            "the user does not know it, have the password changed. Where it happens to many users, the "
            "client refreshes twice at a time, or does not store the new token."
        ),
    ),
    "max_sessions": Story(
        gettext_lazy(
            "The user has logged in elsewhere, and may have no more than MAX_SESSIONS sessions: the oldest "
            "has ended."
        ),
        gettext_lazy("The user logs in again, which ends another session; or raise MAX_SESSIONS."),
    ),
    "user_inactive": Story(
        gettext_lazy("The user was not active when the session was to be refreshed."),
        gettext_lazy("Activate the user, if that was a mistake; then they log in again."),
    ),
    "origin_ended": Story(
        gettext_lazy("All sessions that another package had begun were ended, by prune_sessions."), LOG_IN
    ),
    "revoked": Story(
        gettext_lazy("A client has revoked a token of it, which ends the session."),
        gettext_lazy(
            "The user logs in again. The log line session_ended (INFO) has the address from which it was "
            "revoked."
        ),
    ),
    "cookie_too_long": Story(
        gettext_lazy("The login's access token was longer than a browser's cookie may be."),
        gettext_lazy("Have the claims of CLAIMS_FUNCTION shortened; then the user logs in again."),
    ),
    "idle": Story(
        gettext_lazy("It was not used for too long: each use renews it for REFRESH_TOKEN_LIFETIME only."),
        gettext_lazy("The user logs in again; or raise REFRESH_TOKEN_LIFETIME, for logins from then on."),
    ),
    "limit": Story(
        gettext_lazy("It has reached its absolute limit, SESSION_LIFETIME, which no use extends."),
        gettext_lazy("The user logs in again; or raise SESSION_LIFETIME, for logins from then on."),
    ),
    "password": Story(
        gettext_lazy(
            "The next refresh is refused: since this login the user's password has changed, or SECRET_KEY "
            "has. The one stamp of both no longer fits."
        ),
        gettext_lazy(
            "Look at the sessions of other users. Where all of this age are dead, SECRET_KEY has changed: "
            "put the old one into SECRET_KEY_FALLBACKS, and they go on. Where only this user's are, they "
            "log in again with the new password."
        ),
    ),
    "inactive": Story(
        gettext_lazy("The user is not active: the next refresh is refused, and so is each login."),
        gettext_lazy("Activate the user, if that was a mistake; then the session goes on."),
    ),
    "key": Story(
        gettext_lazy("The key of its refresh token has been revoked: the next refresh is refused."),
        gettext_lazy("The user logs in again. The key's page says who has revoked it, and why."),
    ),
    "live": Story(
        gettext_lazy("The session is live, and its next refresh succeeds."),
        gettext_lazy(
            "A user who is logged out nevertheless has lost the token on the device, or presents another: "
            "inspect the token that the device sends, or look at the user's other sessions."
        ),
    ),
}
"""By the reason of an end, or by what has become of a session that nobody has ended."""


def describe_session(
    admin: ReadOnlyAdmin[Session], request: HttpRequest, session: Session
) -> Iterator[tuple[str, str]]:
    """Yield the facts of the story, a label and a text each."""
    now = keys.now()
    outcome = outcome_of(session, now)
    story = STORIES.get(outcome, UNKNOWN)
    yield _("Explanation"), str(story.happened)
    if session.ended_at is not None:
        yield _("Ended by"), _author(session)
    yield _("What to do"), _with_inspector(admin, request, str(story.advice))
    yield _("Its access tokens"), _access_tokens(session, outcome, now)
    if keys_page := viewable(admin.admin_site, StoredKey, request):
        rows = keys_of(session, keys_page.get_queryset(request))
        links = ((keys_page.address("change", row.pk), short_id(row.kid), row.ring_id) for row in rows)
        cells = format_html_join(", ", '<a href="{}">{}</a> ({})', links)
        yield _("Its refresh token rests on"), cells or _("no key that is here")
    yield _("In the log"), format_html(_("lines with sid={}"), whole_id(str(session.pk)))


def _author(session: Session) -> str:
    """Return who has ended a session: the admin's log knows it, where it was done there."""
    kind = ContentType.objects.get_for_model(Session)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(session.pk))
    entry = entries.select_related("user").order_by("-action_time").first()
    if entry is not None and session.end_reason == "admin":
        return format_html("{}, {}", entry.user, exact(entry.action_time))
    if LOGGER.isEnabledFor(INFO):
        return _("not kept with the session: the log line session_ended (INFO) has it, as actor and address")
    return _("not known: the logger %s writes no line session_ended, which has level INFO") % LOGGER.name


def _with_inspector(admin: ReadOnlyAdmin[Session], request: HttpRequest, advice: str) -> str:
    try:
        address = reverse("admin:jwtkit_inspect_changelist", current_app=admin.admin_site.name)
    except NoReverseMatch:
        return advice
    if not request.user.has_perm(INTROSPECT):
        return advice
    return format_html('{} <a href="{}">{}</a>', advice, address, _("Inspect a token…"))


def _access_tokens(session: Session, outcome: str, now: datetime) -> str:
    """Return whether access tokens of the session are still accepted, by what the outcome means for them."""
    settings = conf()
    lifetime = settings.ACCESS_TOKEN_LIFETIME
    if outcome in {"live", "key"}:
        return _good(lifetime)
    if outcome == "inactive":
        return _("refused at once: each request asks for the user")
    if settings.CHECK_SESSION:
        return _("refused at once: each request asks for the session (CHECK_SESSION is on)")
    last = session.ended_at or session.last_used_at
    return _lasting(last + lifetime + settings.LEEWAY, now)


def _good(lifetime: timedelta) -> str:
    words = _("good for %(time)s each, as long as the session lives (CHECK_SESSION is on)")
    if not conf().CHECK_SESSION:
        words = _("good for %(time)s each, whatever becomes of the session (CHECK_SESSION is off)")
    return words % {"time": how_long(lifetime)}


def _lasting(end: datetime, now: datetime) -> str:
    if end <= now:
        return _("expired, all of them")
    words = _("may still be accepted for another {time}, until {end}: CHECK_SESSION is off")
    return format_html(words, time=how_long(end - now), end=date(end, now))
