"""A changed password refuses the simplejwt tokens of its user, which know nothing of passwords.

Sessions bear a stamp of the password, and need no help. A change past `save()`, by `update()` say, is not
noticed here.
"""

import logging
from collections.abc import Collection
from typing import Final

from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import DatabaseError, transaction
from django.db.models.signals import post_save, pre_save
from django.views.decorators.debug import sensitive_variables

from django_jwtkit.logs import get_logger
from django_jwtkit.sessions.ending import cut_off_simplejwt
from django_jwtkit.sessions.table import using

from . import upgrades

logger = get_logger("sessions")
CHANGED: Final = "_jwtkit_password_changed"
"""Attribute of a user whose new password is being saved."""


def follow_passwords() -> None:
    """Follow changed passwords and upgraded hashes of every model that may be `AUTH_USER_MODEL`."""
    for model in apps.get_models():
        if issubclass(model, AbstractBaseUser):
            # Before the upgrades, which note the hash that is being saved.
            pre_save.connect(note_change, sender=model, dispatch_uid="jwtkit.note_change")
            upgrades.watch(model)
            post_save.connect(cut_off, sender=model, dispatch_uid="jwtkit.cut_off")


@sensitive_variables()
def note_change(
    instance: AbstractBaseUser, update_fields: Collection[str] | None, raw: bool = False, **_: object
) -> None:
    """Note that another password is about to be saved: a receiver of `pre_save`."""
    is_saved = update_fields is None or "password" in update_fields
    if raw or not is_saved or instance._state.adding:  # noqa: SLF001 - documented
        return
    password, stored = vars(instance).get("password"), vars(instance).get(upgrades.STORED)
    if password is not None and upgrades.digest(password) != stored:
        vars(instance)[CHANGED] = not upgrades.is_upgrade(instance, update_fields)


@sensitive_variables()
def cut_off(instance: AbstractBaseUser, **_: object) -> None:
    """Refuse older tokens of a user with a new password: a receiver of `post_save`, in its transaction."""
    if not vars(instance).pop(CHANGED, False) or not isinstance(instance, get_user_model()):
        return
    try:
        with transaction.atomic(using=using()):
            cut_off_simplejwt(instance)
    except DatabaseError:  # not migrated yet, say: a new password must be saved anyway
        message = "A password was changed, and older simplejwt tokens of its user could not be refused"
        fields = {"event": "cut_off_failed", "sub": str(instance.pk)}
        logger.log(logging.ERROR, message, exc_info=True, extra=fields)
