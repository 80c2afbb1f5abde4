"""The logins that rest on a key: those whose newest refresh token it signed or encrypted."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Final, NamedTuple

from django.db.models import Q
from django.db.models.functions import Coalesce

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
        """Count the live sessions that rest on the keys in `rows`, and their users, each of them once."""
        condition = resting_on(rows)
        if condition == NONE:
            return cls()
        sessions = living(now).alias(refreshed_at=refreshed_at()).filter(condition).order_by()
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


def rings_of_logins(settings: Settings) -> Sequence[str]:
    """Return the rings without whose keys a refresh token is refused: each that signs or encrypts it."""
    kind = tokens.REFRESH
    return (kind.ring, "encryption") if kind.is_encrypted_under(settings) else (kind.ring,)


def refreshed_at() -> Coalesce:
    """Return when a session's newest refresh token was issued. Without rotation its use issues no other."""
    issued = ("last_used_at",) if conf().ROTATE_REFRESH else ("rotated_at", "created_at")
    return Coalesce(*issued, "created_at")


def resting_on(rows: Iterable[StoredKey]) -> Q:
    """Return the condition, on `refreshed_at`, that a session rests on a key in `rows`."""
    rings = rings_of_logins(conf())
    turns = [_turn(row) for row in rows if row.ring_id in rings and row.sign_from is not None]
    return reduce(or_, turns) if turns else NONE


def rests_on(session: Session, row: StoredKey) -> bool:
    """Return whether the newest refresh token of `session` was issued while the key in `row` was used."""
    issued = session.last_used_at if conf().ROTATE_REFRESH else session.rotated_at or session.created_at
    if row.ring_id not in rings_of_logins(conf()) or row.sign_from is None or issued < row.sign_from:
        return False
    return all(issued <= end for end in (row.sign_until, row.revoked_at) if end is not None)


def _turn(row: StoredKey) -> Q:
    """Return the condition that a session's newest refresh token was issued while the key was used."""
    ends = [end for end in (row.sign_until, row.revoked_at) if end is not None]
    begun = Q(refreshed_at__gte=row.sign_from)
    return begun & Q(refreshed_at__lte=min(ends)) if ends else begun
