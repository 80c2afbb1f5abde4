"""Users and sessions by the million, written by PostgreSQL itself."""

import hashlib
import uuid
from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.db.backends.base.base import BaseDatabaseWrapper

from django_jwtkit import tokens

MIXING = 7919  # a prime, which spreads the dead among the live ones

USERS = """
INSERT INTO auth_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
    date_joined)
SELECT '!', false, 'user-' || n, '', '', '', false, true, now() FROM generate_series(1, %(users)s) AS n
"""
SESSIONS = """
INSERT INTO jwtkit_session (id, user_id, created_at, last_used_at, expires_at, ends_by, ended_at, end_reason,
    auth_hash, counter, rotated_at, address, user_agent, strays, audience, claims, origin)
SELECT md5('session ' || n)::uuid, %(first)s + n %% %(users)s, now() - interval '40 days' * random(),
    now() - interval '1 day', CASE WHEN n::bigint * %(mixing)s %% %(sessions)s < %(dead)s
         THEN now() - interval '1 hour' - random() * interval '30 days'
         ELSE now() + interval '1 hour' + random() * interval '14 days' END,
    now() + interval '50 days', NULL, '', %(stamp)s, 0, now(),
    concat_ws('.', '10', n %% %(users)s >> 16, n %% %(users)s >> 8 & 255, n %% %(users)s & 255)::inet,
    'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 0, '', '', ''
FROM generate_series(0, %(sessions)s - 1) AS n
"""


class Crowd(NamedTuple):
    """Users, the number of their sessions in turn, and how many of those are dead, mixed with the others."""

    users: int
    sessions: int
    dead: int

    def is_dead(self, number: int) -> bool:
        return number * MIXING % self.sessions < self.dead

    def write(self, connection: BaseDatabaseWrapper) -> int:
        """Write all rows; return the ID of the first user. Session n is of user n, modulo their number."""
        with connection.cursor() as cursor:
            cursor.execute(USERS, {"users": self.users})
            cursor.execute("SELECT min(id) FROM auth_user WHERE username = 'user-1'")
            first = int(cursor.fetchone()[0])
            stamp = tokens.password_stamps.auth_hash(get_user_model()(password="!"))  # noqa: S106 - all have this one
            cursor.execute(SESSIONS, {**self._asdict(), "first": first, "stamp": stamp, "mixing": MIXING})
            cursor.execute("VACUUM ANALYZE")
        return first


def address_of(user: int) -> str:
    """Return the address of the sessions of user number `user`, counted from 0."""
    return f"10.{user >> 16}.{user >> 8 & 255}.{user & 255}"


def session_id(number: int) -> str:
    """Return the ID of session `number`."""
    return str(uuid.UUID(hashlib.md5(f"session {number}".encode(), usedforsecurity=False).hexdigest()))
