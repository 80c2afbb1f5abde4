"""The four states of a session, as the admin tells them: by its dates, and by what its user has become."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from django_jwtkit import tokens
from django_jwtkit.consequences import find_refused, refused_at, resting_on
from django_jwtkit.sessions import Session, alive_at, over_at


class State(NamedTuple):
    """A state: its name, the rows that have it, whether a session has it, and what else is to be said.

    `rows` go by what a database can compare, and by the condition that a password has changed; `is_true`
    compares the password.
    """

    name: Promise
    rows: Callable[[datetime, Q], Q]
    is_true: Callable[[Session, datetime], bool]
    note: Callable[[Session], str]


def with_keys(sessions: QuerySet[Session], now: datetime) -> QuerySet[Session]:
    """Note on each session whether a key that its refresh token rests on is revoked or denied."""
    refused = find_refused(now)
    if not refused:
        return sessions
    condition = ExpressionWrapper(resting_on(refused), BooleanField())
    return sessions.annotate(is_key_refused=condition)


def outcome_of(session: Session, now: datetime) -> str:
    """Return the reason of its end, the limit it has reached, or what its next refresh meets."""
    if session.ended_at is not None:
        return str(session.end_reason)
    if session.expires_at <= now:
        return "limit" if session.expires_at >= session.ends_by else "idle"
    return obstacle_of(session) or "live"


def obstacle_of(session: Session) -> str:
    """Return what the next refresh of a session that is live by its dates meets; else ""."""
    if not tokens.users.is_active(session.user):
        return "inactive"
    if not tokens.password_stamps.has_stamp(session.auth_hash, session.user):
        return "password"
    return "key" if getattr(session, "is_key_refused", False) else ""


REASONS: Final[Mapping[str, Promise]] = {
    "logout": gettext_lazy("logout"),
    "logout_all": gettext_lazy("logout of all devices"),
    "admin": gettext_lazy("ended here"),
    "refresh_reused": gettext_lazy("refresh token used again"),
    "max_sessions": gettext_lazy("too many sessions"),
    "user_inactive": gettext_lazy("user inactive"),
    "origin_ended": gettext_lazy("origin ended"),
    "revoked": gettext_lazy("token revoked"),
    "cookie_too_long": gettext_lazy("cookie too long"),
}
"""The reasons that this package gives; a project may give others."""

LIMITS: Final[Mapping[str, Promise]] = {
    "idle": gettext_lazy("not used for too long"),
    "limit": gettext_lazy("reached its absolute limit"),
}
OBSTACLES: Final[Mapping[str, Promise]] = {
    "inactive": gettext_lazy("will be refused: the user is inactive"),
    "password": gettext_lazy("will be refused: the password or SECRET_KEY has changed"),
    "key": gettext_lazy("will be refused: its key has been revoked"),
}

STATES: Final[Mapping[str, State]] = {
    "ended": State(
        gettext_lazy("Ended"),
        lambda now, changed: Q(ended_at__isnull=False),
        lambda session, now: session.ended_at is not None,
        lambda session: str(REASONS.get(session.end_reason, session.end_reason)),
    ),
    "expired": State(
        gettext_lazy("Expired"),
        lambda now, changed: Q(ended_at=None) & over_at(now),
        lambda session, now: session.expires_at <= now,
        lambda session: str(LIMITS["limit" if session.expires_at >= session.ends_by else "idle"]),
    ),
    "refused": State(
        gettext_lazy("Dead"),
        lambda now, changed: alive_at(now) & (refused_at(now) | changed),
        lambda session, now: bool(obstacle_of(session)),
        lambda session: str(OBSTACLES[obstacle_of(session)]),
    ),
    "live": State(
        gettext_lazy("Live"),
        lambda now, changed: alive_at(now) & ~(refused_at(now) | changed),
        lambda session, now: True,
        lambda session: "",
    ),
}
"""The first that is true of a session is its state."""

PASSWORDS_UNKNOWN: Final = Q(pk__in=())
"""The condition that a password has changed, where none is compared."""
