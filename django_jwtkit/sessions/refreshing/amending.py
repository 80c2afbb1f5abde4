"""Handing out the pair of a login without a turn, and what the login may still say of itself until then."""

from collections.abc import Mapping
from datetime import datetime

from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys
from django_jwtkit.conf import Settings, conf
from django_jwtkit.db import asks_database
from django_jwtkit.errors import SessionEnded
from django_jwtkit.sessions.checking import admit, find
from django_jwtkit.sessions.logins import TokenPair, idle_limit, pack, tokens_of
from django_jwtkit.sessions.models import Session
from django_jwtkit.wording import message as _


@sensitive_variables()
@asks_database("sessions.amend")
def amend(
    claims: Mapping[str, object],
    *,
    login_claims: Mapping[str, object],
    ends_by: datetime | None = None,
    now: datetime | None = None,
) -> TokenPair:
    """Return the pair of the session that verified `claims` of its newest refresh token name.

    Its login says `login_claims` from now on, and ends at `ends_by`, if that is passed. For a program that
    has just begun the login: a client refreshes. Raises `SessionEnded`, also for a token that is not the
    newest, `UserRefused`, and for claims as `sessions.start` does.
    """
    now, settings = keys.at(now), conf()
    session = find(claims, now)
    user = admit(session, claims, settings)
    if claims.get("cnt") != session.counter:
        raise SessionEnded(_("the refresh token is not the newest of its session"))
    changes = _changes(session, pack(login_claims), ends_by, now, settings)
    for name, value in changes.items():
        setattr(session, name, value)
    pair = tokens_of(session, user, now, settings)
    if changes:
        session.save(update_fields=[*changes])
    return pair


def _changes(
    session: Session, claims: str, ends_by: datetime | None, now: datetime, settings: Settings
) -> dict[str, object]:
    changes: dict[str, object] = {} if claims == session.claims else {"claims": claims}
    if ends_by is not None:
        changes |= {"ends_by": ends_by, "expires_at": idle_limit(now, ends_by, settings)}
    return changes
