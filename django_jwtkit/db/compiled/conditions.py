"""The conditions of a statement that is kept: each value's parameters, as Django's own lookup makes them."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Col
from django.db.models.lookups import Exact, IsNull, Lookup
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.query import Query

Values = Mapping[str, object]
Params = tuple[Any, ...]


class Condition(NamedTuple):
    """`column = value`, or `column IS NULL` where `name` has the value None.

    `place` is the value's half of `text`, None where the lookup writes the column's half in a way of its own.
    """

    name: str
    lookup: type[Lookup]
    column: Col
    text: str
    place: str | None

    @classmethod
    def of(cls, name: str, lookup: Lookup, compiler: SQLCompiler) -> "Condition":
        """Return the condition that `lookup` writes for the value called `name`."""
        kind, place = type(lookup), None
        if isinstance(lookup, Exact) and _writes_column_as_django(lookup, compiler.connection):
            place = lookup.process_rhs(compiler, compiler.connection)[0]
        return cls(name, kind, lookup.lhs, compiler.compile(lookup)[0], place)

    def params(self, value: object, compiler: SQLCompiler) -> Params | None:
        """Return the parameters for `value`; None where Django would write another text for it.

        Raises what Django's lookup raises: `ValueError` for "x" as a number, `EmptyResultSet` for a number
        that no column can hold.
        """
        if value is None:
            return ()
        lookup = self.lookup(self.column, value)
        if self.place is None:
            text, params = compiler.compile(lookup)
            return tuple(params) if text == self.text else None
        # To write the column's half again takes as long as the database, and is the same for each value.
        text, params = lookup.process_rhs(compiler, compiler.connection)
        return tuple(params) if text == self.place else None


def _writes_column_as_django(lookup: Exact, connection: BaseDatabaseWrapper) -> bool:
    """Whether the column's half is Django's own, and the same for each value: a truth value may need none."""
    methods = ("as_sql", "process_lhs", "get_rhs_op")
    is_djangos = all(getattr(type(lookup), name) is getattr(Exact, name) for name in methods)
    return is_djangos and not lookup.lhs.conditional and not hasattr(lookup, f"as_{connection.vendor}")


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
        conditions.append(Condition.of(name, lookup, compiler))
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
