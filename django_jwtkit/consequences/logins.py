"""The logins that rest on a key: those whose newest refresh token it signed or encrypted."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Final, NamedTuple, cast

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q, QuerySet

from django_jwtkit import tokens
from django_jwtkit.conf import Settings, conf
from django_jwtkit.keys import StoredKey
from django_jwtkit.keys.store import stored_keys
from django_jwtkit.sessions import Session, living

NONE: Final = Q(pk__in=())


class LoggedOut(NamedTuple):
    """How many live sessions end, and of how many users."""

    sessions: int = 0
    users: int = 0

    @classmethod
    def by(cls, rows: Iterable[StoredKey], now: datetime) -> "LoggedOut":
        """Count the live sessions that rest on the keys in `rows`, and their users, each of them once.

        Sessions that are refused without them are not counted. Passwords are not compared.
        """
        rows = list(rows)
        condition = resting_on(rows)
        if condition == NONE:
            return cls()
        sessions = living(now).filter(condition & ~refused_at(now, other_than=rows)).order_by()
        return cls(sessions.count(), sessions.values("user_id").distinct().count())


def find_refused(now: datetime) -> list[StoredKey]:
    """Return the keys that were revoked or denied while refresh tokens that rest on them had not expired."""
    settings = conf()
    since = now - settings.SESSION_LIFETIME
    rows = (
        stored_keys()
        .filter(ring_id__in=rings_of_logins(settings))
        .filter(Q(revoked_at__gte=since) | Q(revoked_at=None, archived=False))
    )
    return [row for row in rows if row.revoked_at is not None or row.kid in settings.denied]


def refused_at(now: datetime, *, other_than: Collection[StoredKey] = ()) -> Q:
    """Return the condition that the next refresh of a session is refused, passwords not compared.

    The keys `other_than` are left out: what they refuse does not count.
    """
    left_out = {row.kid for row in other_than}
    return _of_inactive_users() | resting_on(row for row in find_refused(now) if row.kid not in left_out)


def _of_inactive_users() -> Q:
    """Return the condition that a session's user is inactive; no row, where the model has no such column."""
    try:
        get_user_model()._meta.get_field("is_active")
    except FieldDoesNotExist:
        return NONE
    return Q(user__is_active=False)


def rings_of_logins(settings: Settings) -> Sequence[str]:
    """Return the rings without whose keys a refresh token is refused: each that signs or encrypts it."""
    kind = tokens.REFRESH
    return (kind.ring, "encryption") if kind.is_encrypted_under(settings) else (kind.ring,)


def resting_on(rows: Iterable[StoredKey]) -> Q:
    """Return the condition that the newest refresh token of a session was issued in the turn of a key."""
    settings = conf()
    rings = rings_of_logins(settings)
    turns = [_turn(row, settings) for row in rows if row.ring_id in rings and row.sign_from is not None]
    return reduce(or_, turns) if turns else NONE


def issued_at(session: Session) -> datetime:
    """Return when the newest refresh token was issued. Without ROTATE_REFRESH its use issues no other."""
    moment = session.last_used_at if conf().ROTATE_REFRESH else session.rotated_at or session.created_at
    return cast("datetime", moment)


def keys_of(session: Session, stored: QuerySet[StoredKey]) -> list[StoredKey]:
    """Return the keys in `stored` that the newest refresh token of `session` rests on."""
    issued, rings = issued_at(session), rings_of_logins(conf())
    rows = stored.filter(ring_id__in=rings, sign_from__lte=issued).order_by("-ring_id", "sign_from")
    return [row for row in rows if all(issued <= end for end in _ends(row))]


def _turn(row: StoredKey, settings: Settings) -> Q:
    if settings.ROTATE_REFRESH:
        return _between("last_used_at", row)
    return _between("rotated_at", row) | (Q(rotated_at=None) & _between("created_at", row))


def _between(column: str, row: StoredKey) -> Q:
    begun, ends = Q((f"{column}__gte", row.sign_from)), _ends(row)
    return begun & Q((f"{column}__lte", min(ends))) if ends else begun


def _ends(row: StoredKey) -> list[datetime]:
    return [end for end in (row.sign_until, row.revoked_at) if end is not None]
