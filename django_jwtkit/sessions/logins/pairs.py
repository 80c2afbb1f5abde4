"""The pair of tokens that each step of a session hands out."""

from datetime import datetime
from typing import Final, NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import tokens
from django_jwtkit.conf import Settings
from django_jwtkit.errors import InvalidClaim, JWTKitError
from django_jwtkit.sessions.models import Session
from django_jwtkit.wording import message as _

from .claims import claims_of, source_of_claims, unusable

MAX_AUDIENCE: Final = 255  # characters: what the column holds


class TokenPair(NamedTuple):
    """An access token and the refresh token that renews it."""

    access: str
    refresh: str

    def __repr__(self) -> str:
        return "TokenPair(access=…, refresh=…)"  # it may stand in a log or on an error page


@sensitive_variables()
def access_of(session: Session, user: AbstractBaseUser, now: datetime, settings: Settings) -> str:
    """Return the access token that `session` stands for now; the application's claims are asked for anew."""
    claims, audience = claims_of(session, user, settings), _audience_of(session, settings)
    try:
        return tokens.issue(
            user,
            claims=claims,
            sid=str(session.pk),
            audience=audience,
            authenticated_at=session.authenticated_at,
            until=session.ends_by,
            now=now,
            settings=settings,
        )
    except JWTKitError:
        raise
    except (TypeError, ValueError) as error:
        raise unusable(error, user, source=source_of_claims(settings)) from error


@sensitive_variables()
def tokens_of(session: Session, user: AbstractBaseUser, now: datetime, settings: Settings) -> TokenPair:
    """Return the two tokens that `session` stands for now."""
    access = access_of(session, user, now, settings)
    refresh = tokens.issue(
        user,
        kind=tokens.REFRESH,
        sid=str(session.pk),
        audience=_audience_of(session, settings),
        counter=session.counter,
        until=session.expires_at,
        now=now,
        settings=settings,
    )
    return TokenPair(access, refresh)


def choose_audience(audience: str | None, settings: Settings) -> str:
    """Return what the row keeps of `audience`: nothing for the first. Raises `ValueError`."""
    chosen = tokens.audience_of(audience, settings) if audience is not None else None
    if chosen is not None and len(chosen) > MAX_AUDIENCE:
        raise ValueError(f"audience must have at most {MAX_AUDIENCE} characters, got {len(chosen)}")
    return chosen or ""


def _audience_of(session: Session, settings: Settings) -> str | None:
    """Return the audience that the login has chosen; one that is gone never becomes another."""
    if session.audience and session.audience not in settings.audiences:
        raise InvalidClaim(_("the audience of the session is not in AUDIENCE"), "aud")
    return session.audience or None


def idle_limit(now: datetime, ends_by: datetime, settings: Settings) -> datetime:
    """Return when a session that is used now expires, if it is not used again."""
    return min(now + settings.REFRESH_TOKEN_LIFETIME, ends_by)
