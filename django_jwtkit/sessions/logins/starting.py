"""Starting a session: one row for a login, and its first pair of tokens."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys, signals, tokens
from django_jwtkit.conf import Settings, conf
from django_jwtkit.db import asks_database, in_thread, insert
from django_jwtkit.errors import UserInactive
from django_jwtkit.logs import get_logger
from django_jwtkit.sessions.ending import Actor, finish
from django_jwtkit.sessions.models import Session
from django_jwtkit.sessions.table import after_commit, live, rows, using
from django_jwtkit.wording import message as _

from .claims import pack
from .clients import UNKNOWN, Client, client_of, recordable
from .pairs import TokenPair, choose_audience, idle_limit, tokens_of

logger = get_logger("sessions")


@sensitive_variables()
@asks_database("sessions.start")
def start(
    user: AbstractBaseUser,
    *,
    request: HttpRequest | None = None,
    lifetime: timedelta | None = None,
    auth_hash: str | None = None,
    claims: Mapping[str, object] | None = None,
    audience: str | None = None,
    now: datetime | None = None,
) -> TokenPair:
    """Log in `user`, whose identity the caller has proven: one row, two tokens.

    `lifetime` is this session's absolute limit, by default `SESSION_LIFETIME`; `auth_hash` the stamp of the
    password that was proven, by default that of `user`. `claims` (2 KiB of JSON) and `audience`,
    one of `AUDIENCE` and by default the first, stay with the session over its refreshes.

    Raises `UserInactive`; `TypeError` for what is not an instance of `AUTH_USER_MODEL`; `ValueError` for a
    user who is not saved; both for claims, as `tokens.issue` does; `ServiceUnavailable` while no key signs,
    or where `CLAIMS_FUNCTION` fails.
    """
    now, settings = keys.at(now), conf()
    tokens.users.subject(user, settings)
    if not tokens.users.is_active(user):
        raise UserInactive(_("an inactive user can't log in"))
    lifetime = settings.SESSION_LIFETIME if lifetime is None else lifetime
    if lifetime <= timedelta(0):
        raise ValueError(f"lifetime must be positive, got {lifetime}")
    client = client_of(request) if request is not None else UNKNOWN
    stamp = tokens.password_stamps.auth_hash(user) if auth_hash is None else auth_hash
    session = build_session(user, client, now, now + lifetime, stamp=stamp, settings=settings)
    session.claims, session.audience = pack(claims), choose_audience(audience, settings)
    pair = tokens_of(session, user, now, settings)
    insert(session, using())
    after_commit(lambda: settle(session, user, now, client.address))
    return pair


astart = in_thread(start)


def build_session(
    user: AbstractBaseUser,
    client: Client,
    now: datetime,
    ends_by: datetime,
    *,
    stamp: str,
    settings: Settings,
) -> Session:
    """Return a session that begins now, not saved yet."""
    return Session(
        user_id=tokens.users.key_of(user),
        created_at=_created_at(user, now, settings),
        last_used_at=now,
        expires_at=idle_limit(now, ends_by, settings),
        ends_by=ends_by,
        auth_hash=stamp,
        **recordable(client, settings)._asdict(),
    )


def _created_at(user: AbstractBaseUser, now: datetime, settings: Settings) -> datetime:
    """Return `now`, or where logins are counted a time after that of the newest one.

    Another machine's clock may be ahead, and must not make this login the oldest.
    """
    if settings.MAX_SESSIONS is None:
        return now
    newest = live(user, now).values_list("created_at", flat=True).first()
    return now if newest is None else max(now, newest + timedelta(microseconds=1))


def _limit(user: AbstractBaseUser, now: datetime) -> None:
    """End the oldest sessions that are more than `MAX_SESSIONS`.

    Each login does so once its row is visible to all, and all read the rows in one order: the last login sees
    every row, and two at once never end each other.
    """
    most = conf().MAX_SESSIONS
    surplus = [] if most is None else list(live(user, now).values_list("pk", flat=True)[most:])
    if surplus:
        finish(
            rows().filter(pk__in=surplus),
            [str(sid) for sid in surplus],
            "max_sessions",
            now,
            actor=Actor(account=str(user.pk)),
        )


def settle(
    session: Session, user: AbstractBaseUser, now: datetime, address: str | None, reason: str = "login"
) -> None:
    """Make room and tell about the login from `address`, once it can no longer be undone."""
    _limit(user, now)
    account, message = str(session.user_id), "Session %s of user %s started from %s"
    common = {"account": account, "actor": account, "address": address, "reason": reason}
    fields = {"event": "session_started", "sid": str(session.pk), **common}
    logger.info(message, session.pk, account, address or "-", extra=fields)
    signals.session_started.send_robust(Session, session=session)
