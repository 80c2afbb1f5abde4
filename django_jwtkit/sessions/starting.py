"""Starting a session, and the pair of tokens that each step of it hands out."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys, signals, tokens
from django_jwtkit.conf import conf
from django_jwtkit.errors import InvalidClaim, JWTKitError, UserInactive
from django_jwtkit.logs import get_logger

from .claims import claims_of, pack, unusable
from .clients import UNKNOWN, Client, client_of
from .ending import Actor, finish
from .models import Session
from .rows import after_commit, live, living, rows, using

logger = get_logger("sessions")
MAX_AUDIENCE: Final = 255  # characters: what the column holds


class TokenPair(NamedTuple):
    """An access token and the refresh token that renews it."""

    access: str
    refresh: str

    def __repr__(self) -> str:
        return "TokenPair(access=…, refresh=…)"  # it may stand in a log or on an error page


@sensitive_variables()
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
    """Log `user` in: one row, two tokens. Whoever calls this has proven who the user is.

    `lifetime` is this session's absolute limit, by default `SESSION_LIFETIME`; `auth_hash` the stamp of the
    password that was proven, by default the one that `user` holds. `claims` (2 KiB of JSON) and `audience`,
    one of `AUDIENCE` and by default the first, stay with the session over its refreshes.

    Raises `UserInactive`; `TypeError` for what is not an instance of `AUTH_USER_MODEL`; `ValueError` for a
    user who is not saved; both for claims, as `tokens.issue` does; `ServiceUnavailable` while no key signs,
    or where `CLAIMS_FUNCTION` fails.
    """
    now = keys.at(now)
    tokens.users.subject(user)
    if not tokens.users.is_active(user):
        raise UserInactive("an inactive user can't log in")
    lifetime = conf().SESSION_LIFETIME if lifetime is None else lifetime
    if lifetime <= timedelta(0):
        raise ValueError("a session's lifetime is more than nothing")
    client = client_of(request) if request is not None else UNKNOWN
    stamp = tokens.users.auth_hash(user) if auth_hash is None else auth_hash
    session = _session(user, client, now, now + lifetime, stamp)
    session.claims, session.audience = pack(claims), choose_audience(audience)
    pair = tokens_of(session, user, now)
    session.save(using=using(), force_insert=True)
    after_commit(lambda: _settle(session, user, now))
    return pair


@sensitive_variables()
def tokens_of(session: Session, user: AbstractBaseUser, now: datetime) -> TokenPair:
    """Return the tokens that `session` stands for now; the application's claims are asked for anew."""
    claims, sid, audience = claims_of(session, user), str(session.pk), _audience_of(session)
    try:
        access = tokens.issue(user, claims=claims, sid=sid, audience=audience, until=session.ends_by, now=now)
    except JWTKitError:
        raise
    except (TypeError, ValueError) as error:
        raise unusable(error, user) from error
    refresh = tokens.issue(
        user,
        kind=tokens.REFRESH,
        sid=sid,
        audience=audience,
        counter=session.counter,
        until=session.expires_at,
        now=now,
    )
    return TokenPair(access, refresh)


def choose_audience(audience: str | None) -> str:
    """Return what the row keeps of `audience`: nothing for the first. Raises `ValueError`."""
    chosen = tokens.audience_of(audience) if audience is not None else None
    if chosen is not None and len(chosen) > MAX_AUDIENCE:
        raise ValueError(f"audience must have at most {MAX_AUDIENCE} characters, got {len(chosen)}")
    return chosen or ""


def _audience_of(session: Session) -> str | None:
    """Return the audience that the login has chosen; one that is gone never becomes another."""
    if session.audience and session.audience not in conf().audiences:
        raise InvalidClaim("the audience of the session is not in AUDIENCE", "aud")
    return session.audience or None


def idle_limit(now: datetime, ends_by: datetime) -> datetime:
    """Return when a session that is used now expires, if it is not used again."""
    return min(now + conf().REFRESH_TOKEN_LIFETIME, ends_by)


def rehash(user: AbstractBaseUser, *old_hashes: str) -> int:
    """Stamp the live sessions of `user` anew where they bear one of `old_hashes`; return how many.

    For a login during which Django stores the same password with a newer hasher: that moves the auth hash
    on, and would log the user out everywhere else. Never for a changed password. `old_hashes` are all that
    held before, `tokens.users.auth_hashes`: a session may bear the stamp of an older `SECRET_KEY`.
    """
    new = tokens.users.auth_hash(user)
    old = {stamp for stamp in old_hashes if stamp} - {new}
    if not old:
        return 0
    mine = living(keys.now()).filter(user_id=tokens.users.key_of(user), auth_hash__in=old)
    return mine.update(auth_hash=new)


def _session(user: AbstractBaseUser, client: Client, now: datetime, ends_by: datetime, stamp: str) -> Session:
    return Session(
        user_id=tokens.users.key_of(user),
        created_at=_begun(user, now),
        last_used_at=now,
        expires_at=idle_limit(now, ends_by),
        ends_by=ends_by,
        auth_hash=stamp,
        address=client.address,
        user_agent=client.user_agent,
    )


def _begun(user: AbstractBaseUser, now: datetime) -> datetime:
    """Return when a login of now has begun: where logins are counted, after those that are there already.

    Another machine's clock may be ahead, and must not make this login the oldest.
    """
    if conf().MAX_SESSIONS is None:
        return now
    newest = live(user, now).values_list("created_at", flat=True).first()
    return now if newest is None else max(now, newest + timedelta(microseconds=1))


def _limit(user: AbstractBaseUser, now: datetime) -> None:
    """End the oldest sessions that are more than `MAX_SESSIONS`.

    Each login does so after all can see its row, and all have them in one order: whoever comes last sees all,
    and two at once never end each other.
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


def _settle(session: Session, user: AbstractBaseUser, now: datetime) -> None:
    """What a login has left to do once it can't be undone: make room, and tell."""
    _limit(user, now)
    account, message = str(session.user_id), "Session %s of user %s started from %s"
    common = {"account": account, "actor": account, "address": session.address, "reason": "login"}
    fields = {"event": "session_started", "sid": str(session.pk), **common}
    logger.info(message, session.pk, account, session.address or "-", extra=fields)
    signals.session_started.send_robust(Session, session=session)
