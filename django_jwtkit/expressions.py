"""Expressions that a migration imports: they never change, or the columns of projects would have to."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DateField, Func
from django.db.models.sql.compiler import SQLCompiler


class UTCDate(Func):
    """The date, in UTC, of a column that has its datetimes in UTC.

    Django's `TruncDate` takes `USE_TZ` and time zones into account, so it does not give one value for good,
    which databases require of a column that they compute.
    """

    function = "DATE"
    arity = 1
    output_field = DateField()

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        template = "(%(expressions)s AT TIME ZONE 'UTC')::date"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        # DATE() rounds: half a millisecond before midnight it returns the next day.
        return self.as_sql(compiler, connection, template="SUBSTR(%(expressions)s, 1, 10)", **context)
