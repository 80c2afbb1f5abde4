"""Users and tokens: from a user to the `sub` claim and back, and the stamp of the user's password.

`sub` is a number or a name, depending on `USER_ID_FIELD`. A token with another field than the primary key
names the field in `sub_field`, so that a change of the setting cannot turn a token of one user into that of
another.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import (
    MultipleObjectsReturned,
    ObjectDoesNotExist,
    PermissionDenied,
    SynchronousOnlyOperation,
    ValidationError,
)
from django.db import DatabaseError, DataError, router
from django.db.models import QuerySet
from django.http import Http404
from django.utils.module_loading import import_string

from django_jwtkit.conf import Settings, conf
from django_jwtkit.db import fetch_one, refusal_in_event_loop
from django_jwtkit.errors import JWTKitError, ServiceUnavailable, UserInactive, UserNotFound
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger
from django_jwtkit.wording import message as _
from django_jwtkit.wording import words_of

logger = get_logger("tokens")

Claims = Mapping[str, object]

SUB_FIELD: Final = "sub_field"
"""The claim that gives the meaning of `sub`: a field of the user model, `NO_USER`, or, if absent, `PK`."""
PK: Final = "pk"
NO_USER: Final = ""  # no field has this name

# Errors for a `sub` that is not an id: "x" or "" for an integer, thirty digits in SQLite, NUL in PostgreSQL.
NO_SUCH_ID: Final = (
    ObjectDoesNotExist,
    MultipleObjectsReturned,
    ValueError,
    TypeError,
    OverflowError,
    ValidationError,
    DataError,
)
FAILED: Final = "user_loader_failed"
MAX_SUBJECT: Final = 255  # characters: the usual size of a column


def key_of(user: AbstractBaseUser) -> Any:
    """Return the primary key of `user` in the table of `AUTH_USER_MODEL`, or None for an unsaved user.

    A subclass may have a primary key of its own, which belongs to another user in that table. Raises
    `TypeError` for an instance of another model: number 1 of another table is not user 1.
    """
    model = get_user_model()
    if not isinstance(user, model):
        raise TypeError(
            f"user must be an instance of AUTH_USER_MODEL ({model._meta.label}), got {describe(user)}. "
            "For anything else define a kind of token: TokenKind(…, subject=True)"
        )
    return _key_in(model, user)


def _key_in(model: type[AbstractBaseUser], user: AbstractBaseUser) -> Any:
    return getattr(user, model._meta.pk.attname)


def describe(value: object) -> str:
    """Return the model or type of `value` for messages, never the value itself."""
    kind = value.__class__  # of the object behind a lazy one
    if value is None:
        return "None"
    options = getattr(kind, "_meta", None)
    return str(getattr(options, "label", f"{kind.__module__}.{kind.__qualname__}"))


def id_field(settings: Settings) -> str:
    """Return `USER_ID_FIELD`, or `PK` for every name of the primary key."""
    name = settings.USER_ID_FIELD
    return PK if name == PK or name == get_user_model()._meta.pk.attname else name


def subject(user: AbstractBaseUser, settings: Settings | None = None) -> str:
    """Return the `sub` of `user`.

    Raises `TypeError` for an instance of another model than `AUTH_USER_MODEL`, and `ValueError` for a user
    that is not saved or has an id that is too long.
    """
    value = _id_of(user, key_of(user), settings or conf())
    text = "" if value is None else str(value)
    if not 0 < len(text) <= MAX_SUBJECT:
        raise ValueError(f"user must be saved and have an id of 1 to {MAX_SUBJECT} characters")
    return text


def name_user(user: AbstractBaseUser, settings: Settings | None = None) -> dict[str, object]:
    """Return the claims that name `user`. Raises as `subject` does."""
    settings = settings or conf()
    claims: dict[str, object] = {"sub": subject(user, settings)}
    field = id_field(settings)
    return claims if field == PK else {**claims, SUB_FIELD: field}


def name_subject(text: str) -> dict[str, object]:
    """Return the claims for the subject `text`, which is not a user. Raises `TypeError`, `ValueError`."""
    if not isinstance(text, str):
        raise TypeError(f"subject must be a str, got {describe(text)}")
    if not 0 < len(text) <= MAX_SUBJECT or not text.isprintable():
        raise ValueError(f"subject must be 1 to {MAX_SUBJECT} printable characters")
    return {"sub": text, SUB_FIELD: NO_USER}


def check_naming(claims: Claims, settings: Settings | None = None) -> None:
    """Raise `UserNotFound` unless `claims` name a user by the present `USER_ID_FIELD`."""
    field, present = claims.get(SUB_FIELD, PK), id_field(settings or conf())
    if field == NO_USER:
        raise UserNotFound(_("the token names a subject, and no user"))
    if field != present:
        raise UserNotFound(
            _("USER_ID_FIELD is {present!r}, and was another when the token was issued", present=present)
        )


def rename(claims: Claims, user: AbstractBaseUser, settings: Settings) -> Claims:
    """Return `claims` with `user` named by the present `USER_ID_FIELD`, if it was another at the issue.

    This is only for a refresh token and the user of its session, whose row has a foreign key to the user.
    """
    if claims.get(SUB_FIELD, PK) in (id_field(settings), NO_USER):
        return claims
    return {name: value for name, value in claims.items() if name != SUB_FIELD} | name_user(user, settings)


def is_active(user: object) -> bool:
    """Return whether `user` may log in: whether `is_active` is true, as in Django's `ModelBackend`.

    A model without it has only active users. A method counts as False, since it is true whatever it returns.
    """
    state = getattr(user, "is_active", True)
    return bool(state) and not callable(state)


def load(
    claims: Claims, *, joined: AbstractBaseUser | None = None, settings: Settings | None = None
) -> AbstractBaseUser:
    """Return the existing, active user named by verified `claims`. Raises `UserNotFound`, `UserInactive`.

    `joined` is the user if another query has loaded it already. A `USER_LOADER` is called anyway.
    """
    settings, model = settings or conf(), get_user_model()
    check_naming(claims, settings)
    user = _find(claims, joined, model, settings)
    if user is None or not _is_named(user, model, claims, settings):
        raise UserNotFound(_("no user has the token's sub"))
    if not is_active(user):
        raise UserInactive(_("the token's user is inactive"))
    return user


def visible() -> QuerySet[AbstractBaseUser]:
    """Return the users of the model's default manager, on the database for writing."""
    return _visible_in(router.db_for_write(get_user_model()))


def _fetch(model: type[AbstractBaseUser], field: str, value: object) -> AbstractBaseUser:
    """Return the user whose `field` is `value`. Raises `NO_SUCH_ID`."""
    user: AbstractBaseUser = fetch_one(_visible_in, router.db_for_write(model), model, **{field: value})
    return user


def _visible_in(alias: str) -> QuerySet[AbstractBaseUser]:
    return get_user_model()._default_manager.using(alias)  # noqa: SLF001 - documented, despite its name


def _find(
    claims: Claims, joined: AbstractBaseUser | None, model: type[AbstractBaseUser], settings: Settings
) -> AbstractBaseUser | None:
    path = settings.USER_LOADER
    try:
        if path is not None:
            return _check(_call_loader(path, claims), path)
        return joined if joined is not None else _fetch(model, settings.USER_ID_FIELD, claims.get("sub"))
    except NO_SUCH_ID:
        return None
    except SynchronousOnlyOperation as error:
        raise refusal_in_event_loop("tokens.users.load") from error


def _call_loader(path: str, claims: Claims) -> AbstractBaseUser | None:
    """Return the user that the loader at `path` finds, or None.

    It may raise `NO_SUCH_ID` or `Http404` for an unknown user, or an error with a status of ours, of Django's
    or of the REST framework's. Any other error is a fault of the project and becomes `ServiceUnavailable`: an
    older token may lack a claim that the loader reads.
    """
    try:
        loader = cast("Callable[[dict[str, object]], AbstractBaseUser | None]", import_string(path))
        return loader(dict(claims))
    except Http404:
        return None
    except (*NO_SUCH_ID, JWTKitError, DatabaseError, PermissionDenied):
        raise
    except Exception as error:
        if hasattr(error, "status_code"):
            raise
        name, words = type(error).__name__, "USER_LOADER (%s) raised %s"
        log_limited(logger, logging.ERROR, FAILED, words, path, name, error=error, fields={"reason": name})
        raise ServiceUnavailable(_("USER_LOADER ({path}) raised {name}", path=path, name=name)) from error


def _check(user: AbstractBaseUser | None, path: str) -> AbstractBaseUser | None:
    """Return the result of the loader at `path`. Raises `UserNotFound` unless it is a user or None."""
    try:
        if user is not None:
            key_of(user)
    except TypeError as error:
        raise UserNotFound(_("USER_LOADER ({path}): {error}", path=path, error=words_of(error))) from error
    return user


def _id_of(user: AbstractBaseUser, key: object, settings: Settings) -> object:
    field = id_field(settings)
    return key if field == PK else getattr(user, field, None)


def _is_named(
    user: AbstractBaseUser, model: type[AbstractBaseUser], claims: Claims, settings: Settings
) -> bool:
    """Return whether the id of `user`, an instance of `model`, is `sub` as text, byte for byte.

    int("٤٢ ") is 42, a UUID has several spellings, and collations fold case: each would match another user's
    token.
    """
    value = _id_of(user, _key_in(model, user), settings)
    return value is not None and str(value) == claims.get("sub")
