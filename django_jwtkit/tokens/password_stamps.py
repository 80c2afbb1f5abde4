"""The stamp of a password, which a session bears: by it a changed password is found."""

from collections.abc import Callable, Iterable
from typing import cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.crypto import constant_time_compare


def auth_hash(user: AbstractBaseUser) -> str:
    """Return Django's session auth hash, which changes with the password; empty for a model without one.

    It is an HMAC under `SECRET_KEY`, not the hash of the password itself.
    """
    current = cast("Callable[[], str] | None", getattr(user, "get_session_auth_hash", None))
    return current() if current is not None else ""


def auth_hashes(user: AbstractBaseUser) -> list[str]:
    """Return all valid stamps of `user`: the current one, then those under `SECRET_KEY_FALLBACKS`."""
    return [auth_hash(user), *_older_hashes(user)]


def has_stamp(stamp: str, user: AbstractBaseUser) -> bool:
    """Return whether `user` still has the password of `stamp`. The comparison takes constant time."""
    return True in [constant_time_compare(stamp, valid) for valid in auth_hashes(user)]


def renewed(stamp: str, user: AbstractBaseUser) -> str:
    """Return the stamp by today's `SECRET_KEY` for a user that has `stamp`: mostly `stamp` itself.

    Without older keys no other stamp is valid, and the HMAC is not computed again.
    """
    return auth_hash(user) if any(_older_hashes(user)) else stamp


def _older_hashes(user: AbstractBaseUser) -> Iterable[str]:
    """Return the stamps of `user` under `SECRET_KEY_FALLBACKS`."""
    older = cast("Callable[[], Iterable[str]] | None", getattr(user, "get_session_auth_fallback_hash", None))
    return older() if older is not None else ()
