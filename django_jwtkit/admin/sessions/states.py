"""The four states of a session, as the admin tells them: by its dates, and by what its user has become."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from django_jwtkit import tokens
from django_jwtkit.sessions import Session, alive_at, over_at


class State(NamedTuple):
    """A state: its name, the rows that have it, whether a session has it, and what else is to be said.

    `rows` go by what a database can compare; `is_true` also knows whether the password has changed.
    """

    name: Promise
    rows: Callable[[datetime], Q]
    is_true: Callable[[Session, datetime], bool]
    note: Callable[[Session], str]


def why_refused(session: Session) -> str:
    """Return why the next refresh of a session that is live by its dates will be refused; else ""."""
    if not tokens.users.is_active(session.user):
        return _("will be refused: the user is inactive")
    if not tokens.password_stamps.has_stamp(session.auth_hash, session.user):
        return _("will be refused: the password has changed")
    return ""


def _of_inactive_users() -> Q:
    """Return the condition that a session's user is inactive; no row, where the model has no such column."""
    try:
        get_user_model()._meta.get_field("is_active")
    except FieldDoesNotExist:
        return Q(pk__in=())
    return Q(user__is_active=False)


REASONS: Final[Mapping[str, Promise]] = {
    "logout": gettext_lazy("logout"),
    "logout_all": gettext_lazy("logout of all devices"),
    "admin": gettext_lazy("ended here"),
    "refresh_reused": gettext_lazy("refresh token used again"),
    "max_sessions": gettext_lazy("too many sessions"),
    "user_inactive": gettext_lazy("user inactive"),
    "origin_ended": gettext_lazy("origin ended"),
}
"""The reasons that this package gives; a project may give others."""

STATES: Final[Mapping[str, State]] = {
    "ended": State(
        gettext_lazy("Ended"),
        lambda now: Q(ended_at__isnull=False),
        lambda session, now: session.ended_at is not None,
        lambda session: str(REASONS.get(session.end_reason, session.end_reason)),
    ),
    "expired": State(
        gettext_lazy("Expired"),
        lambda now: Q(ended_at=None) & over_at(now),
        lambda session, now: session.expires_at <= now,
        lambda session: "",
    ),
    "refused": State(
        gettext_lazy("Dead"),
        lambda now: alive_at(now) & _of_inactive_users(),
        lambda session, now: bool(why_refused(session)),
        why_refused,
    ),
    "live": State(
        gettext_lazy("Live"),
        lambda now: alive_at(now) & ~_of_inactive_users(),
        lambda session, now: True,
        lambda session: "",
    ),
}
"""The first that is true of a session is its state."""
