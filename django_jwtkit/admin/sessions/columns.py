"""The columns and fields of a session, a function for each, and its three states."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from django.contrib.admin import display
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_jwtkit import keys, tokens
from django_jwtkit.admin.badges import badge, short_id
from django_jwtkit.admin.dates import NOTHING, date
from django_jwtkit.sessions import Session


class _State(NamedTuple):
    name: Promise
    rows: Callable[[datetime], Q]
    is_true: Callable[[Session, datetime], bool]
    note: Callable[[Session], str]


def _why_refused(session: Session) -> str:
    """Return why the next refresh of a session that is live by its dates will be refused."""
    if not tokens.users.is_active(session.user):
        return _("will be refused: the user is inactive")
    if not tokens.password_stamps.has_stamp(session.auth_hash, session.user):
        return _("will be refused: the password has changed")
    return ""


STATES: Final[Mapping[str, _State]] = {
    "ended": _State(
        gettext_lazy("Ended"),
        lambda now: Q(ended_at__isnull=False),
        lambda session, now: session.ended_at is not None,
        lambda session: session.end_reason,
    ),
    "expired": _State(
        gettext_lazy("Expired"),
        lambda now: Q(ended_at=None, expires_at__lte=now),
        lambda session, now: session.expires_at <= now,
        lambda session: "",
    ),
    "live": _State(
        gettext_lazy("Live"),
        lambda now: Q(ended_at=None, expires_at__gt=now),
        lambda session, now: True,
        _why_refused,
    ),
}


@display(description=gettext_lazy("state"))
def state(session: Session) -> SafeString:
    now = keys.now()
    css, words = next((css, words) for css, words in STATES.items() if words.is_true(session, now))
    note = words.note(session)
    return format_html('{}<span class="jwtkit-outlook">{}</span>', badge(css, words.name), note)


@display(description=gettext_lazy("session"), ordering="id")
def name(session: Session) -> SafeString:
    return short_id(str(session.pk))


@display(description=gettext_lazy("logged in"), ordering="created_at")
def created(session: Session) -> str:
    return date(session.created_at, keys.now())


@display(description=gettext_lazy("last used"), ordering="last_used_at")
def last_used(session: Session) -> str:
    return date(session.last_used_at, keys.now())


@display(description=gettext_lazy("expires"), ordering="expires_at")
def expires(session: Session) -> str:
    return date(session.expires_at, keys.now())


@display(description=gettext_lazy("ended"), ordering="ended_at")
def ended(session: Session) -> str:
    return date(session.ended_at, keys.now())


@display(description=gettext_lazy("ends by"), ordering="ends_by")
def ends_by(session: Session) -> str:
    return date(session.ends_by, keys.now())


@display(description=gettext_lazy("device"), ordering="user_agent")
def device(session: Session) -> SafeString:
    """Return the user agent, which the client chooses; the page cuts it."""
    return format_html('<span class="jwtkit-device" title="{0}">{0}</span>', session.user_agent or NOTHING)
