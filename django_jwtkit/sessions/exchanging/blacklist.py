"""The tables in which simplejwt notes the refresh tokens that it refuses, read without that package.

They are read as long as they are there, also when the app is no longer installed. Where it is installed, and
a table is missing, nobody knows which tokens are good: that is an error of the database checks, and a 503.
"""

from typing import Final

from django.apps import apps
from django.apps.registry import Apps
from django.db import OperationalError, ProgrammingError, connections, models, router, transaction
from django.db.models import QuerySet

from django_jwtkit.db import asks_database
from django_jwtkit.errors import ServiceUnavailable
from django_jwtkit.wording import message as _

APP: Final = "rest_framework_simplejwt.token_blacklist"
_ELSEWHERE: Final = Apps()  # a registry of our own: to the project these models do not exist


class OutstandingToken(models.Model):  # noqa: DJ008 - never shown
    """A row of simplejwt's table of refresh tokens: the columns that are read."""

    jti = models.CharField(max_length=255, unique=True)

    class Meta:
        apps = _ELSEWHERE
        app_label = "token_blacklist"
        managed = False


class BlacklistedToken(models.Model):  # noqa: DJ008 - never shown
    """A row of simplejwt's table of refused refresh tokens."""

    token = models.OneToOneField(OutstandingToken, on_delete=models.DO_NOTHING)

    class Meta:
        apps = _ELSEWHERE
        app_label = "token_blacklist"
        managed = False


TABLES: Final = frozenset(model._meta.db_table for model in (OutstandingToken, BlacklistedToken))


def is_blacklisted(jti: str) -> bool:
    """Whether simplejwt refuses the refresh token of this ID. Raises `ServiceUnavailable`."""
    alias = router.db_for_write(BlacklistedToken)  # a replica may lag behind
    if not apps.is_installed(APP):
        return not _missing(alias) and _is_listed(jti, alias)
    try:
        with transaction.atomic(using=alias):  # a caller's transaction goes on after a table that is missing
            return _is_listed(jti, alias)
    except (OperationalError, ProgrammingError) as error:
        if not _missing(alias):
            raise
        raise ServiceUnavailable(
            _("{app} has no tables: run manage.py migrate token_blacklist", app=APP)
        ) from error


def _is_listed(jti: str, alias: str) -> bool:
    return QuerySet(BlacklistedToken, using=alias).filter(token__jti=jti).exists()


@asks_database("sessions.find_lost_blacklist")
def find_lost_blacklist() -> str | None:
    """Return the database in which simplejwt's blacklist is installed and missing, None where all is well."""
    alias = router.db_for_write(BlacklistedToken)
    return alias if apps.is_installed(APP) and _missing(alias) else None


def _missing(alias: str) -> frozenset[str]:
    with connections[alias].cursor() as cursor:
        return TABLES.difference(connections[alias].introspection.table_names(cursor))
