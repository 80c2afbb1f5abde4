"""The users that old tokens name, by the field and the claim that `SIMPLE_JWT` says."""

import hashlib

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare

from django_jwtkit.db import asks_database
from django_jwtkit.errors import PasswordChanged, UserInactive, UserNotFound
from django_jwtkit.tokens import users
from django_jwtkit.tokens.token_user import TokenUser
from django_jwtkit.wording import message as _

from .policy import Policy, read_policy
from .verifying import SimpleJWTClaims


def id_of(claims: SimpleJWTClaims) -> str:
    """Return the ID of the user that verified `claims` name, as text."""
    return str(claims[read_policy().user_id_claim])


@asks_database("tokens.simplejwt.load_user")
def load_user(
    claims: SimpleJWTClaims, candidates: QuerySet[AbstractBaseUser] | None = None
) -> AbstractBaseUser:
    """Return the existing, active user that verified `claims` name, by default one of all that are visible.

    Where the project has `CHECK_REVOKE_TOKEN` on, the password is still that of the login.
    Raises `UserNotFound`, `UserInactive`, `PasswordChanged`.
    """
    user, policy = find_user(claims, candidates), read_policy()
    if not users.is_active(user):
        raise UserInactive(_("the token's user is inactive"))
    if policy.is_password_checked and not _has_password(claims, user, policy):
        raise PasswordChanged(_("the password has been changed since this token was issued"))
    return user


def token_user(claims: SimpleJWTClaims) -> TokenUser:
    """Return the user as verified `claims` describe them, without a query."""
    return TokenUser({**claims, "sub": id_of(claims)})


@asks_database("tokens.simplejwt.find_user")
def find_user(
    claims: SimpleJWTClaims, candidates: QuerySet[AbstractBaseUser] | None = None
) -> AbstractBaseUser:
    """Return the user that verified `claims` name, active or not. Raises `UserNotFound`."""
    key, field = id_of(claims), read_policy().user_id_field
    try:
        user = (users.visible() if candidates is None else candidates).get(**{field: key})
    except users.NO_SUCH_ID:
        raise UserNotFound(_("no user has the token's ID")) from None
    # Databases and fields read more than one text as the same value, and each would be another user's token.
    if str(getattr(user, field, None)) != key:
        raise UserNotFound(_("no user has the token's ID, in this spelling"))
    return user


def _has_password(claims: SimpleJWTClaims, user: AbstractBaseUser, policy: Policy) -> bool:
    """Whether the claim is the hash that simplejwt makes of the stored password hash: MD5, in capitals."""
    digest = hashlib.md5(user.password.encode(), usedforsecurity=False).hexdigest().upper()
    claimed = claims.get(policy.revoke_claim)
    return isinstance(claimed, str) and constant_time_compare(claimed, digest)
