"""The conditions of a statement: Django's lookups, made anew with the values of each call."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models.expressions import Col
from django.db.models.lookups import Exact, IsNull, Lookup
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.query import Query

Values = Mapping[str, object]
Params = tuple[Any, ...]


class Condition(NamedTuple):
    """`column = value`, or `column IS NULL` where `name` has the value None."""

    name: str
    lookup: type[Lookup]
    column: Col
    text: str

    def params(self, value: object, compiler: SQLCompiler) -> Params | None:
        """Return the parameters for `value`; None where Django would write another text for it.

        Raises what Django's lookup raises: `ValueError` for "x" as a number, `EmptyResultSet` for a number
        that no column can hold.
        """
        if value is None:
            return ()
        text, params = compiler.compile(self.lookup(self.column, value))
        return tuple(params) if text == self.text else None


def are_plain(values: Values) -> bool:
    """Whether each value goes to its lookup as it is: a model or an expression is taken apart first."""
    return all(isinstance(value, str | int | UUID) for value in values.values())


def read_conditions(query: Query, values: Values, compiler: SQLCompiler) -> tuple[Condition, ...]:
    """Return the conditions of `query`, which filters by `values` alone; empty if it is not that simple."""
    lookups: list[Any] = query.where.children
    if query.where.negated or len(lookups) != len(values):
        return ()
    conditions = []
    for name, lookup in zip(sorted(values), lookups, strict=True):  # as Django's Q sorts them
        is_simple = isinstance(lookup, Exact | IsNull) and isinstance(lookup.lhs, Col)
        if not is_simple or (values[name] is None) is not isinstance(lookup, IsNull):
            return ()
        conditions.append(Condition(name, type(lookup), lookup.lhs, compiler.compile(lookup)[0]))
    return tuple(conditions)


def params_of(conditions: tuple[Condition, ...], values: Values, compiler: SQLCompiler) -> Params | None:
    """Return the parameters of all `conditions`; None where Django would write another text for a value."""
    params: Params = ()
    for condition in conditions:
        more = condition.params(values[condition.name], compiler)
        if more is None:
            return None
        params += more
    return params
