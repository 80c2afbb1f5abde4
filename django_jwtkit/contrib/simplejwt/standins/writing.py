"""What the text of a token says, and writing the token of nobody."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys, tokens
from django_jwtkit.conf import conf
from django_jwtkit.contrib.simplejwt.settings import api_settings
from django_jwtkit.contrib.simplejwt.utils import datetime_to_epoch
from django_jwtkit.jose import jwt
from django_jwtkit.tokens import TokenKind
from django_jwtkit.tokens.users import NO_USER, SUB_FIELD

SECOND: Final = timedelta(seconds=1)
RESERVED: Final = tokens.RESERVED - {"exp", "iat", "jti"}
"""Claims that a payload must not set."""


def own_claims(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the application's part of a payload: all but what our rooms write by themselves."""
    return {name: value for name, value in payload.items() if name not in tokens.RESERVED}


def shared_claims(payload: Mapping[str, Any], left_out: Collection[str]) -> dict[str, Any]:
    """Return what an access token takes over from a refresh token."""
    left_out = {*left_out, api_settings.TOKEN_TYPE_CLAIM, api_settings.JTI_CLAIM}
    return {name: value for name, value in own_claims(payload).items() if name not in left_out}


def limit(payload: Mapping[str, Any], begun: datetime) -> timedelta | None:
    """Return the absolute limit of a login, None for `SESSION_LIFETIME`: a lifetime of its own sets one."""
    default = datetime_to_epoch(begun + conf().REFRESH_TOKEN_LIFETIME)
    end = payload.get("exp", default)
    return None if end == default else timedelta(seconds=end - datetime_to_epoch(begun))


def lifespan(payload: Mapping[str, Any], now: int) -> tuple[datetime, datetime]:
    """Return from when until when a token lives: one that has expired already, from just before."""
    end = moment(payload.get("exp", now + 1))
    return min(moment(payload.get("iat", now)), end - SECOND), end


@sensitive_variables()
def write_nobodys(payload: Mapping[str, Any], kind: TokenKind, start: datetime, end: datetime) -> str:
    """Return a text whose claims are the payload alone: what it proves is that this project wrote it."""
    key = keys.signing_key(kind.ring, now=keys.at(start), lifetime=end - start)
    own = {name: value for name, value in payload.items() if name not in RESERVED}
    parties = {"iss": conf().ISSUER, "aud": tokens.audience_of(None), "sub": "nobody", SUB_FIELD: NO_USER}
    ours = {name: value for name, value in parties.items() if value is not None}
    times = {"iat": start} if "iat" in payload else {}
    return jwt.encode({**own, **ours, **times}, key, typ=kind.typ)


def moment(seconds: float) -> datetime:
    """Return a NumericDate as a time."""
    return datetime.fromtimestamp(seconds, UTC)
