"""The user of ours that a foreign token means, as the `USER` of its issuer says.

A foreign subject is never taken for a primary key or a user name: subject 1 of another issuer is not user 1.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.utils.module_loading import import_string

from django_jwtkit import tokens
from django_jwtkit.conf import IssuerSettings
from django_jwtkit.db import asks_database
from django_jwtkit.errors import JWTKitError, ServiceUnavailable, UserInactive, UserNotFound
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger
from django_jwtkit.wording import message as _

from . import identities
from .registry import issuer_of
from .token import ForeignToken, ForeignUser

logger = get_logger("issuers")

Finder = Callable[[ForeignToken], AbstractBaseUser | tokens.TokenUser | None]


def token_user(token: ForeignToken) -> ForeignUser:
    """Return the user as the token describes them; its `pk` is never that of a user of ours."""
    return ForeignUser(token)


FINDERS: Final[Mapping[str, Finder]] = {
    "linked": identities.find,
    "create": identities.find_or_create,
    "stateless": token_user,
}


@asks_database("issuers.load_user")
def load_user(token: ForeignToken) -> "AbstractBaseUser | tokens.TokenUser":
    """Return the active user that a verified foreign token means. Raises `UserNotFound`, `UserInactive`."""
    entry = _entry_of(token)
    user = FINDERS[entry.USER](token) if entry.USER in FINDERS else _by_function(entry.USER, token)
    user = _check(user)
    if entry.GROUPS and not isinstance(user, tokens.TokenUser):
        _set_groups(user, token.groups, entry.GROUPS)
    return user


@asks_database("issuers.preview_user")
def preview_user(token: ForeignToken) -> "AbstractBaseUser | tokens.TokenUser | None":
    """Return the user that `load_user` would return now, without any of its effects. Raises as it does.

    None where the first request would make one, or where the project's function decides.
    """
    mode = _entry_of(token).USER
    if mode not in FINDERS:
        return None
    user = token_user(token) if FINDERS[mode] is token_user else identities.peek(token)
    return None if user is None and mode == "create" else _check(user)


def _check(user: "AbstractBaseUser | tokens.TokenUser | None") -> "AbstractBaseUser | tokens.TokenUser":
    """Return `user`. Raises `UserNotFound` for none, `UserInactive`."""
    if user is None:
        raise UserNotFound(_("no user is linked to the token's subject"))
    if not tokens.users.is_active(user):
        raise UserInactive(_("the token's user is inactive"))
    return user


def _by_function(path: str, token: ForeignToken) -> AbstractBaseUser | None:
    """Return the user that the project's function at `path` finds.

    What it raises by mistake is the project's fault, and a 503: the token is not to blame.
    """
    try:
        find = cast("Callable[[dict[str, Any], str], AbstractBaseUser | None]", import_string(path))
        user = find(dict(token.claims), token.issuer)
        if user is not None:
            tokens.users.key_of(user)
    except (JWTKitError, DatabaseError, PermissionDenied):
        raise
    except Exception as error:
        name, words = type(error).__name__, "USER of issuer %s (%s) raised %s"
        log_limited(
            logger, logging.ERROR, "user_function_failed", words, token.issuer, path, name, error=error
        )
        raise ServiceUnavailable(
            _("USER of issuer {issuer} ({path}) raised {name}", issuer=token.issuer, path=path, name=name)
        ) from error
    return user


def _set_groups(user: AbstractBaseUser, named: tuple[str, ...], mapping: Mapping[str, str]) -> None:
    """Have `user` in those Django groups of `mapping` that the token names, and in no other of them.

    Groups that the mapping does not name are left alone. Nothing is written where nothing differs.
    """
    memberships = cast("Any", user).groups
    wanted = {mapping[name] for name in named if name in mapping}
    present = set(memberships.filter(name__in=set(mapping.values())).values_list("name", flat=True))
    if wanted == present:
        return
    memberships.remove(*Group.objects.filter(name__in=present - wanted))
    memberships.add(*Group.objects.filter(name__in=wanted - present))


def _entry_of(token: ForeignToken) -> IssuerSettings:
    issuer = issuer_of(token.issuer)
    if issuer is None:
        raise UserNotFound(_("the token's issuer is no longer trusted"))
    return issuer.settings
