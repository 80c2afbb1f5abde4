"""Users, as tokens know them: from a user to the `sub` claim and back, and the epoch of their password."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, cast

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import MultipleObjectsReturned, ObjectDoesNotExist, ValidationError
from django.db import DataError, router
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string

from django_jwtkit.conf import conf
from django_jwtkit.errors import UserInactive, UserNotFound

Claims = Mapping[str, object]

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


def subject(user: AbstractBaseUser) -> str:
    """Return the `sub` of `user`; raise `ValueError` for one that is not saved, or has too long an id."""
    value = getattr(user, conf().USER_ID_FIELD)
    text = "" if value is None else str(value)
    if not 0 < len(text) <= 255:
        raise ValueError("a token needs a user with an id of 1 to 255 characters: is this one saved?")
    return text


def load(claims: Claims, *, joined: AbstractBaseUser | None = None) -> AbstractBaseUser:
    """Return the user whom verified `claims` name, who is there and active.

    `joined` is a user who came with another query, and saves one here; a `USER_LOADER` is always asked.
    Raises `UserNotFound`, `UserInactive`.
    """
    user = _found(claims, joined)
    if user is None or not _is_named(user, claims):
        raise UserNotFound("no user has the token's sub")
    # Anything but True, a method say, is no answer.
    if getattr(user, "is_active", None) is not True:
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


def _found(claims: Claims, joined: AbstractBaseUser | None) -> AbstractBaseUser | None:
    path = conf().USER_LOADER
    try:
        if path is not None:
            loader = cast("Callable[[dict[str, object]], AbstractBaseUser | None]", import_string(path))
            return loader(dict(claims))
        return joined if joined is not None else visible().get(**{conf().USER_ID_FIELD: claims.get("sub")})
    except NO_SUCH_ID:
        return None


def _is_named(user: AbstractBaseUser, claims: Claims) -> bool:
    """Whether the user's id, written out, is `sub` byte for byte.

    int("٤٢ ") is 42, a UUID has many spellings, and collations fold case: each would be another user's token.
    """
    value = getattr(user, conf().USER_ID_FIELD, None)
    return value is not None and str(value) == claims.get("sub")
