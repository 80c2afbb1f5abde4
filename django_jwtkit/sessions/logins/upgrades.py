"""A password hasher's upgrade logs nobody out, however it is stored: by our login, the admin's, any backend.

After a release of Django with more iterations, the first login of a user stores the same password with a
new hash. `AbstractBaseUser.check_password` does it: `set_password`, then `_password = None`, then a save of
`password` alone. The hash is what sessions are stamped with, so they are stamped anew, in one transaction
with the new hash. Two logins at once agree on one hash: the second one keeps what the first has stored.
"""

import logging
from collections.abc import Collection
from hashlib import sha256
from typing import Any, Final

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import check_password, get_hasher, identify_hasher
from django.db import DatabaseError, connections, transaction
from django.db.models import F, Model
from django.db.models.signals import post_init, pre_save
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys, tokens
from django_jwtkit.db import asks_database, despite_deadlock
from django_jwtkit.logs import get_logger
from django_jwtkit.sessions import table
from django_jwtkit.sessions.table import living

logger = get_logger("sessions")
STORED: Final = "_jwtkit_stored"
"""Attribute of a user: a digest of the hash that it was read with, or that it was saved with last.

No hash itself: what scrubs reports knows the name `password`, and not this one.
"""

UNSAVED: Final = "_jwtkit_unsaved"
"""Attribute of a user: a digest of the hash of a new password that a save has left out.

Django forgets `_password` after any save, so that the next one, of that hash, would look like an upgrade.
"""

ADOPTED: Final = "_jwtkit_adopted_hash"
"""Attribute of a user whose upgrade came second, and which holds a hash that was stored meanwhile."""


def watch(model: type[AbstractBaseUser]) -> None:
    """Follow the upgrades that are saved by this model: signals know a sender, and no subclass of it."""
    post_init.connect(note_stored, sender=model, dispatch_uid="jwtkit.note_stored")
    pre_save.connect(follow, sender=model, dispatch_uid="jwtkit.follow_upgrade")


@sensitive_variables()
def note_stored(instance: Model, **_: object) -> None:
    """Note the hash that a user is read with; a deferred one is unknown."""
    vars(instance)[STORED] = digest(vars(instance).get("password"))


@sensitive_variables()
def follow(
    instance: AbstractBaseUser,
    using: str,
    update_fields: Collection[str] | None,
    raw: bool = False,
    **_: object,
) -> None:
    """Keep the sessions of a user whose hash is being upgraded, and end none: a receiver of `pre_save`."""
    if update_fields is not None and "password" not in update_fields:
        if getattr(instance, "_password", None) is not None:
            vars(instance)[UNSAVED] = digest(vars(instance).get("password"))
        return
    stored, vars(instance)[STORED] = vars(instance).get(STORED), digest(vars(instance).get("password"))
    if raw or not isinstance(instance, get_user_model()) or not is_upgrade(instance, update_fields):
        return
    try:
        despite_deadlock(table.using(), lambda: _exchange(instance, stored, using))
    except DatabaseError:  # not migrated yet, say: a login elsewhere in the project must not fail for it
        message = "A password hash was upgraded, and the sessions of its user could not be stamped anew"
        fields = {"event": "upgrade_not_followed", "sub": str(instance.pk)}
        logger.log(logging.ERROR, message, exc_info=True, extra=fields)


@sensitive_variables()
def is_proven(user: AbstractBaseUser, password: str | None) -> bool:
    """Whether `password` still proves `user`, where another hash was stored while it was being checked.

    Without that it does: it has just been checked. With it, the password may have been changed meanwhile.
    """
    return not vars(user).pop(ADOPTED, False) or check_password(password, user.password)


@asks_database("sessions.rehash")
def rehash(user: AbstractBaseUser, *old_hashes: str) -> int:
    """Stamp the live sessions of `user` anew where they bear one of `old_hashes`; return how many.

    For a login during which Django stores the same password with a newer hasher: that moves the auth hash
    on, and would log the user out everywhere else. Never for a changed password. `old_hashes` are all that
    held before, `tokens.password_stamps.auth_hashes`: a session may bear the stamp of an older `SECRET_KEY`.
    """
    new = tokens.password_stamps.auth_hash(user)
    old = {stamp for stamp in old_hashes if stamp} - {new}
    if not old:
        return 0
    mine = living(keys.now()).filter(user_id=tokens.users.key_of(user), auth_hash__in=old)
    return mine.update(auth_hash=new)


def is_upgrade(user: AbstractBaseUser, update_fields: Collection[str] | None) -> bool:
    """Whether `user` is being saved as Django saves an upgrade, and not a new password.

    A new password keeps `_password` until it is saved, and a hash that a program writes into the attribute
    never sets it.
    """
    was_set = "_password" in vars(user) and vars(user)["_password"] is None
    if not was_set or not update_fields or vars(user).get(UNSAVED) == digest(user.password):
        return False
    return _is_current(user.password)


@sensitive_variables()
def _exchange(user: AbstractBaseUser, stored: bytes | None, using: str) -> None:
    """Write the new hash and the sessions' stamps in one transaction, under a lock on the user's row."""
    mine = type(user)._base_manager.using(using).filter(pk=user.pk)  # noqa: SLF001 - documented
    with transaction.atomic(using=using):
        if not connections[using].features.has_select_for_update:
            mine.update(password=F("password"))  # SQLite: a transaction that begins with a write can wait
        present = next(iter(mine.select_for_update().values_list("password", flat=True)), None)
        if present is None or present == user.password:
            return
        if stored is not None and digest(present) != stored:
            _adopt(user, present)
        elif _is_outdated(present):
            mine.update(password=user.password)
            rehash(user, *_stamps_of(user, present))


def _stamps_of(user: AbstractBaseUser, password: str) -> list[str]:
    """Return the stamps that hold for `user` with the hash `password`."""
    new, user.password = user.password, password
    try:
        return tokens.password_stamps.auth_hashes(user)
    finally:
        user.password = new


def _adopt(user: AbstractBaseUser, present: str) -> None:
    """Keep the hash that another request has stored meanwhile: an upgrade never goes over it."""
    user.password = present
    vars(user).update({STORED: digest(present), ADOPTED: True})


def digest(password: str | None) -> bytes | None:
    """Return what is noted of the hash `password`."""
    return None if password is None else sha256(password.encode()).digest()


def _is_current(encoded: str) -> bool:
    return _needs_upgrade(encoded) is False


def _is_outdated(encoded: str) -> bool:
    return _needs_upgrade(encoded) is True


def _needs_upgrade(encoded: str) -> bool | None:
    """Whether Django would upgrade this hash at the next login; None for one that no hasher has made."""
    preferred: Any = get_hasher("default")
    try:
        hasher = identify_hasher(encoded)
    except ValueError:
        return None
    return hasher.algorithm != preferred.algorithm or bool(preferred.must_update(encoded))
