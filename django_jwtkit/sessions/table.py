"""The sessions' table, on the database that is written to: on a lagging replica a retry looks like reuse."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connections, router, transaction
from django.db.models import F, Q, QuerySet

from django_jwtkit import keys, tokens
from django_jwtkit.conf import conf
from django_jwtkit.db import is_in_callers_transaction
from django_jwtkit.errors import UserNotFound
from django_jwtkit.wording import message as _

from .models import Session


def using() -> str:
    """Return the alias of the database that sessions are written to."""
    return router.db_for_write(Session)


def current_store() -> keys.Store:
    """Return the store of the current scope. Raises `ScopeUnknown`."""
    return keys.Store(using(), keys.current_scope(conf()))


def rows() -> QuerySet[Session]:
    """Return all sessions, on that database."""
    return rows_in(using())


def rows_in(alias: str) -> QuerySet[Session]:
    """Return all sessions in the database `alias`."""
    return Session.objects.using(alias)


def alive_at(now: datetime) -> Q:
    """Return the condition that a session has neither ended nor expired.

    The time decides. The day, which follows from it, is what stands in the indexes.
    """
    return Q(ended_at=None, expires_on__gte=now.astimezone(UTC).date(), expires_at__gt=now)


def over_at(now: datetime) -> Q:
    """Return the condition that a session has ended or expired; an ended one expires at its end."""
    return Q(expires_on__lte=now.astimezone(UTC).date(), expires_at__lte=now)


def living(now: datetime) -> QuerySet[Session]:
    """Return the sessions that have neither ended nor expired."""
    return rows().filter(alive_at(now))


def live(user: AbstractBaseUser, now: datetime | None = None) -> QuerySet[Session]:
    """Return the sessions in which `user` is logged in, newest first; not those with an older password."""
    key, stamps = tokens.users.key_of(user), tokens.password_stamps.auth_hashes(user)
    mine = living(keys.at(now)).filter(user_id=key, auth_hash__in=stamps)
    return mine.order_by("-created_at", "-id")


def lock_user(key: Any) -> None:
    """Have what begins or ends logins of one user by old tokens wait for one another, inside a transaction.

    Raises `UserNotFound`. On SQLite a transaction that begins with a write waits for the others.
    """
    features = connections[using()].features
    user = get_user_model()._base_manager.using(using()).filter(pk=key)  # noqa: SLF001 - documented
    if not features.has_select_for_update:
        exists = user.update(password=F("password")) > 0
    else:
        # Logins refer to the user's key, and need not wait.
        no_key = features.has_select_for_no_key_update
        exists = bool(user.select_for_update(no_key=no_key).values_list("pk"))
    if not exists:
        raise UserNotFound(_("the user was deleted meanwhile"))


def after_commit(tell: Callable[[], None]) -> None:
    """Call `tell` once all can see what was written: now, or when the caller's transaction commits.

    Django logs what goes wrong then: the caller's commit has happened, and other signals are still due.
    """
    if is_in_callers_transaction(using()):
        transaction.on_commit(tell, using=using(), robust=True)
    else:
        tell()
