"""Users, as tokens know them: from a user to the `sub` claim and back, and the epoch of their password.

`sub` is a number or a name, and which one it is depends on `USER_ID_FIELD`. A token of any field but the
primary key says so in `sub_field`, so that no change of the setting makes one user's token another's.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, cast

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import (
    MultipleObjectsReturned,
    ObjectDoesNotExist,
    PermissionDenied,
    ValidationError,
)
from django.db import DatabaseError, DataError, router
from django.db.models import QuerySet
from django.http import Http404
from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string

from django_jwtkit.conf import conf
from django_jwtkit.errors import JWTKitError, ServiceUnavailable, UserInactive, UserNotFound
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger

logger = get_logger("tokens")

Claims = Mapping[str, object]

SUB_FIELD: Final = "sub_field"
"""The claim that says what `sub` is: a field of the user model, `NO_USER`, or, where it is absent, `PK`."""
PK: Final = "pk"
NO_USER: Final = ""  # the name of no field

# What a `sub` does that is no id: "x" or "" to an integer, thirty digits to SQLite, a NUL to PostgreSQL.
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
MAX_SUBJECT: Final = 255  # characters: what the columns of those who keep it hold


def key_of(user: AbstractBaseUser) -> Any:
    """Return the primary key of `user` as `AUTH_USER_MODEL` has it, None for one that is not saved.

    A subclass may have a primary key of its own, under which the user table holds somebody else. Raises
    `TypeError` for what is not an instance of `AUTH_USER_MODEL`: number 1 of another table is not user 1.
    """
    model = get_user_model()
    if not isinstance(user, model):
        raise TypeError(
            f"user must be an instance of AUTH_USER_MODEL ({model._meta.label}), got {describe(user)}. "
            "For anything else make a kind of token of its own: TokenKind(…, subject=True)"
        )
    return getattr(user, model._meta.pk.attname)


def describe(value: object) -> str:
    """Return the model or type of `value`, for messages: never the value itself."""
    kind = value.__class__  # that of what a lazy object stands for
    if value is None:
        return "None"
    options = getattr(kind, "_meta", None)
    return str(getattr(options, "label", f"{kind.__module__}.{kind.__qualname__}"))


def id_field() -> str:
    """Return `USER_ID_FIELD` by its one name: the primary key's column is `PK`, whatever the setting says."""
    name = conf().USER_ID_FIELD
    return PK if name == PK or name == get_user_model()._meta.pk.attname else name


def subject(user: AbstractBaseUser) -> str:
    """Return the `sub` of `user`.

    Raises `TypeError` for what is not an instance of `AUTH_USER_MODEL`, `ValueError` for a user who is not
    saved, or whose id is too long.
    """
    value = _id_of(user, key_of(user))
    text = "" if value is None else str(value)
    if not 0 < len(text) <= MAX_SUBJECT:
        raise ValueError("a token needs a user with an id of 1 to 255 characters: is this one saved?")
    return text


def name_user(user: AbstractBaseUser) -> dict[str, object]:
    """Return the claims that name `user`. Raises as `subject` does."""
    named: dict[str, object] = {"sub": subject(user)}
    field = id_field()
    return named if field == PK else {**named, SUB_FIELD: field}


def name_subject(text: str) -> dict[str, object]:
    """Return the claims that name `text`, which is no user. Raises `TypeError`, `ValueError`."""
    if not isinstance(text, str):
        raise TypeError(f"subject must be a str, got {describe(text)}")
    if not 0 < len(text) <= MAX_SUBJECT or not text.isprintable():
        raise ValueError(f"subject must be 1 to {MAX_SUBJECT} printable characters")
    return {"sub": text, SUB_FIELD: NO_USER}


def check_naming(claims: Claims) -> None:
    """Raise `UserNotFound` unless `claims` name a user, and do so by today's `USER_ID_FIELD`."""
    field, today = claims.get(SUB_FIELD, PK), id_field()
    if field == NO_USER:
        raise UserNotFound("the token names a subject that is no user")
    if field != today:
        raise UserNotFound(f"USER_ID_FIELD is {today!r}, and was another when the token was issued")


def rename(claims: Claims, user: AbstractBaseUser) -> Claims:
    """Return `claims` with `user` named by today's `USER_ID_FIELD`, where another was in force at the issue.

    Only for a refresh token, with the user of its session: the row names its user by a foreign key.
    """
    if claims.get(SUB_FIELD, PK) in (id_field(), NO_USER):
        return claims
    return {name: value for name, value in claims.items() if name != SUB_FIELD} | name_user(user)


def is_active(user: object) -> bool:
    """Return whether `user` may log in: the truth of `is_active`, as Django's `ModelBackend` judges it.

    True where the model has none. A method is not an answer: it is true whatever it would return.
    """
    state = getattr(user, "is_active", True)
    return bool(state) and not callable(state)


def load(claims: Claims, *, joined: AbstractBaseUser | None = None) -> AbstractBaseUser:
    """Return the existing, active user that verified `claims` name.

    `joined` is a user who came with another query, and saves one here; a `USER_LOADER` is always asked.
    Raises `UserNotFound`, `UserInactive`.
    """
    check_naming(claims)
    user = _find(claims, joined)
    if user is None or not _is_named(user, claims):
        raise UserNotFound("no user has the token's sub")
    if not is_active(user):
        raise UserInactive("the token's user is inactive")
    return user


def visible() -> QuerySet[AbstractBaseUser]:
    """The users that the model's default manager shows, on the database that is written to."""
    model = get_user_model()
    return model._default_manager.using(router.db_for_write(model))  # noqa: SLF001 - documented, despite its name


def auth_hash(user: AbstractBaseUser) -> str:
    """Return Django's session auth hash, which a password change moves on; empty for a model that has none.

    It is an HMAC under `SECRET_KEY`, not a hash of the password itself.
    """
    current = cast("Callable[[], str] | None", getattr(user, "get_session_auth_hash", None))
    return current() if current is not None else ""


def auth_hashes(user: AbstractBaseUser) -> list[str]:
    """Return all stamps that hold for `user`: the current one, then those by `SECRET_KEY_FALLBACKS`."""
    older = cast("Callable[[], Iterable[str]] | None", getattr(user, "get_session_auth_fallback_hash", None))
    return [auth_hash(user), *(older() if older is not None else ())]


def has_stamp(stamp: str, user: AbstractBaseUser) -> bool:
    """Whether `user` still has the password that was stamped, compared in constant time."""
    return True in [constant_time_compare(stamp, valid) for valid in auth_hashes(user)]


def _find(claims: Claims, joined: AbstractBaseUser | None) -> AbstractBaseUser | None:
    path = conf().USER_LOADER
    try:
        if path is not None:
            return _checked(_loaded(path, claims), path)
        return joined if joined is not None else visible().get(**{conf().USER_ID_FIELD: claims.get("sub")})
    except NO_SUCH_ID:
        return None


def _loaded(path: str, claims: Claims) -> AbstractBaseUser | None:
    """Return whom the loader at `path` finds.

    What it raises may say that nobody is meant, as `NO_SUCH_ID` and `Http404` do, or be an answer: a refusal
    of ours, of Django's, or of the REST framework's, with a status. All else is the project's fault and a
    `ServiceUnavailable`: a token of before may lack a claim that the loader reads.
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
        raise ServiceUnavailable(f"USER_LOADER ({path}) raised {name}") from error


def _checked(user: AbstractBaseUser | None, path: str) -> AbstractBaseUser | None:
    """Return what the loader at `path` has found, if it is a user of ours."""
    try:
        if user is not None:
            key_of(user)
    except TypeError as error:
        raise UserNotFound(f"USER_LOADER ({path}): {error}") from error
    return user


def _id_of(user: AbstractBaseUser, key: object) -> object:
    field = id_field()
    return key if field == PK else getattr(user, field, None)


def _is_named(user: AbstractBaseUser, claims: Claims) -> bool:
    """Whether the user's id, written out, is `sub` byte for byte.

    int("٤٢ ") is 42, a UUID has many spellings, and collations fold case: each would be another user's token.
    """
    value = _id_of(user, key_of(user))
    return value is not None and str(value) == claims.get("sub")
