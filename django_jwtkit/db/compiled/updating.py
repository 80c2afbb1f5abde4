"""An UPDATE of a few columns of one row."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import connections, transaction
from django.db.models import Field
from django.db.models.functions import Now
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

from .selecting import Build, Condition, Values, params_of, read_conditions, recall


class Update(NamedTuple):
    """A statement that Django has compiled."""

    build: Build
    compiler: SQLCompiler
    text: str
    fields: tuple["Field[Any, Any]", ...]  # of the parameters, in their order
    conditions: tuple[Condition, ...]

    def execute(self, alias: str, values: Values, changes: Mapping[str, Any]) -> int:
        """Return how many rows the ORM's `update` changes."""
        where = params_of(self.conditions, values, self.compiler)
        if where is None:
            return self.build(alias).filter(**values).update(**changes)
        connection = connections[alias]
        with transaction.mark_for_rollback_on_error(using=alias), connection.cursor() as cursor:
            new = tuple(field.get_db_prep_save(changes[field.name], connection) for field in self.fields)
            cursor.execute(self.text, new + where)
            return int(cursor.rowcount)


def update(build: Build, alias: str, values: Values, changes: Mapping[str, Any]) -> int:
    """Return what `build(alias).filter(**values).update(**changes)` returns, and raise what that raises."""
    # The type of a value decides how Django writes it: as NULL, as a parameter or as an expression.
    types = (*map(type, values.values()), *map(type, changes.values()))
    key = (build, len(values), *values, *changes, *types)
    statement = recall(alias, key, lambda: _compile(build, alias, values, changes))
    if statement is None:
        return build(alias).filter(**values).update(**changes)
    return statement.execute(alias, values, changes)


def _kind(value: object) -> object:
    """Return what decides how Django writes `value` into an UPDATE: as NULL, as a parameter, or as itself."""
    if value is None:
        return None
    return type(value) if hasattr(value, "resolve_expression") else object


def _compile(build: Build, alias: str, values: Values, changes: Mapping[str, Any]) -> Update | None:
    expressions = [value for value in changes.values() if _kind(value) not in {None, object}]
    if not all(isinstance(expression, Now) for expression in expressions):
        return None
    queryset = build(alias).filter(**values)
    query: Any = queryset.query.chain(UpdateQuery)
    query.add_update_values(changes)
    compiler = query.get_compiler(using=alias)
    with transaction.mark_for_rollback_on_error(using=alias):  # as `QuerySet.update` does
        text, params = compiler.as_sql()
    conditions = read_conditions(query, values, compiler)
    where = params_of(conditions, values, compiler)
    fields = tuple(
        queryset.model._meta.get_field(name) for name, value in changes.items() if _kind(value) is object
    )
    if where is None or len(params) != len(fields) + len(where):
        return None
    return Update(build, compiler, text, fields, conditions)
