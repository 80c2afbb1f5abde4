"""The sessions' table, on the database that is written to: on a lagging replica a retry looks like reuse."""

from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone

from django_jwtkit import tokens
from django_jwtkit.errors import InsideTransaction

from .models import Session


class DatabaseNow(Now):
    """The database's clock, in UTC also where a MariaDB server lives by another time."""

    def as_mysql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: object
    ) -> tuple[str, tuple[str | int, ...]]:
        return self.as_sql(compiler, connection, template="UTC_TIMESTAMP(6)")


def using() -> str:
    return router.db_for_write(Session)


def rows() -> QuerySet[Session]:
    return Session.objects.using(using())


def living(now: datetime) -> QuerySet[Session]:
    """The sessions that have neither ended nor expired."""
    return rows().filter(ended_at=None, expires_at__gt=now)


def live(user: AbstractBaseUser, now: datetime | None = None) -> QuerySet[Session]:
    """Return the sessions in which `user` is logged in, newest first; not those with an older password."""
    stamps = tokens.users.auth_hashes(user)
    found = living(now or timezone.now()).filter(user_id=user.pk, auth_hash__in=stamps)
    return found.order_by("-created_at", "-id")


def refuse_transaction(what: str) -> None:
    """Raise `InsideTransaction` where a caller's transaction could undo what must last.

    One statement commits itself, so no transaction of our own is needed, and none of its round trips.
    """
    if _in_callers_transaction():
        raise InsideTransaction(
            f"{what} must commit by itself, but was called inside a transaction. Call it outside `atomic()`; "
            "under ATOMIC_REQUESTS decorate the view with `transaction.non_atomic_requests`."
        )


def after_commit(tell: Callable[[], None]) -> None:
    """Call `tell` once all can see what was written: now, or when the caller's transaction commits."""
    if _in_callers_transaction():
        transaction.on_commit(tell, using=using())
    else:
        tell()


def _in_callers_transaction() -> bool:
    """A `TestCase`'s own does not count: Django marks it, for `atomic(durable=True)` asks the same."""
    blocks = transaction.get_connection(using()).atomic_blocks
    return bool(blocks) and not getattr(blocks[-1], "_from_testcase", False)
