"""Users as a payload names them, and the answers about those that are refused."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser

from django_jwtkit import errors, sessions, tokens
from django_jwtkit.contrib.simplejwt.exceptions import AuthenticationFailed
from django_jwtkit.contrib.simplejwt.settings import api_settings
from django_jwtkit.contrib.simplejwt.utils import get_md5_hash_password
from django_jwtkit.tokens.simplejwt import SimpleJWTClaims
from django_jwtkit.tokens.users import NO_SUCH_ID


def find_user(identifier: object) -> AbstractBaseUser | None:
    """Return the user with this value of simplejwt's `USER_ID_FIELD`, None for nobody."""
    try:
        return tokens.users.visible().get(**{api_settings.USER_ID_FIELD: identifier})
    except NO_SUCH_ID:
        return None


def load_named(claims: dict[str, object]) -> AbstractBaseUser:
    """Return the user that verified `claims` name. Raises `TokenError`."""
    if isinstance(claims, SimpleJWTClaims):
        return sessions.load_simplejwt_user(claims)
    return tokens.users.load(claims)


def load_by_payload(payload: Mapping[str, Any]) -> AbstractBaseUser:
    """Return the user of a payload that the project's own code has made. Raises `UserRefused`."""
    user = find_user(payload[api_settings.USER_ID_CLAIM])
    if user is None:
        raise errors.UserNotFound("no user has this id")
    if not tokens.users.is_active(user):
        raise errors.UserInactive("the user is inactive")
    stamp = payload.get(api_settings.REVOKE_TOKEN_CLAIM)
    if api_settings.CHECK_REVOKE_TOKEN and stamp != get_md5_hash_password(user.password):
        raise errors.PasswordChanged("the password was changed after the token was issued")
    return user


def refuse_user(error: errors.UserRefused) -> AuthenticationFailed:
    """Return the answer to a good token whose user is refused."""
    stop = "." if isinstance(error, errors.PasswordChanged) else ""
    return AuthenticationFailed(f"{error.detail}{stop}", code=error.public_code)
