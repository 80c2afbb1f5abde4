"""A column of datetimes that is UTC in the database, whatever the settings are.

Django's own field stores local time where `USE_TZ` is off or the database has a time zone of its own. In
local time one hour a year occurs twice: times no longer sort, and a row does not say which of the two hours
it means.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler
from django.utils import timezone

from django_jwtkit.moments import aware, now

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class UTCDateTimeField(models.DateTimeField):  # type: ignore[type-arg]  # generic in its stubs only
    """A datetime: aware and in UTC in Python, in UTC in the column.

    Migrations see Django's own field, which has the same column.
    """

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _, args, options = super().deconstruct()
        if options.get("default") is now:
            options["default"] = timezone.now  # noqa: TID251 - as it stands in migrations
        return name, "django.db.models.DateTimeField", args, options

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, datetime) and value.tzinfo is UTC:
            return value  # as nearly all of ours are: a quarter of what a column of a statement costs
        value = super().get_prep_value(value)  # which warns of naive datetimes while USE_TZ is on
        return aware(value) if isinstance(value, datetime) else value

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        if value is None:
            return None
        value = value if prepared else self.get_prep_value(value)
        if isinstance(value, datetime) and not connection.features.supports_timezones:
            value = value.astimezone(UTC).replace(tzinfo=None)
        adapt: Callable[[Any], Any] = connection.ops.adapt_datetimefield_value
        return adapt(value)

    def select_format(self, compiler: SQLCompiler, sql: str, params: Any) -> tuple[str, Any]:
        """Select a number under psycopg2, whose local times are ambiguous in the hour that occurs twice."""
        connection = compiler.connection
        if connection.vendor == "postgresql" and cast("Any", connection).Database.__name__ == "psycopg2":
            return f"EXTRACT(EPOCH FROM {sql})", params
        return sql, params

    def from_db_value(
        self, value: datetime | Decimal | float | None, _: object, connection: BaseDatabaseWrapper
    ) -> datetime | None:
        """Return the value in UTC. The column has naive UTC, or on PostgreSQL the connection's time zone."""
        if value is None or (isinstance(value, datetime) and value.tzinfo is UTC):
            return value
        if not isinstance(value, datetime):
            return EPOCH + timedelta(microseconds=round(value * 1_000_000))
        if not connection.features.supports_timezones:
            return value.replace(tzinfo=UTC)  # Django has set the zone it would have stored it in
        if value.tzinfo is None:
            value = value.replace(tzinfo=ZoneInfo(connection.timezone_name))
        return value.astimezone(UTC)
