"""A SELECT of one row, by the value of a column, with the row that it refers to if one is joined.

Which statements are kept and for how long, and each value's parameters, as Django's own lookup makes them:
each request comes this way.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from django.conf import settings
from django.core.exceptions import EmptyResultSet, ObjectDoesNotExist
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Model
from django.db.models.expressions import Col
from django.db.models.lookups import Exact, IsNull, Lookup
from django.db.models.manager import BaseManager
from django.db.models.query import MAX_GET_RESULTS, ModelIterable, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.query import Query

from .managers import is_plain

Statement = TypeVar("Statement")
Values = Mapping[str, object]
Params = tuple[Any, ...]
Build = Callable[[str], QuerySet[Any]]
"""Return all rows of a table in the database of an alias: a function of a module, kept by its identity."""

_statements: Final[WeakKeyDictionary[BaseDatabaseWrapper, dict[object, Any]]] = WeakKeyDictionary()
"""By connection: Django's converters belong to one, and each thread has its own."""


def recall(alias: str, key: tuple[object, ...], make: Callable[[], Statement]) -> Statement:
    """Return the statement of `key` on this thread's connection to `alias`; the first time `make` it."""
    connection = connections[alias]
    kept = _statements.get(connection)
    if kept is None:
        kept = _statements[connection] = {}
    # Converters depend on USE_TZ, which a test may change.
    key = (*key, settings.USE_TZ)
    try:
        statement: Statement = kept[key]
    except KeyError:
        statement = kept[key] = make()
    return statement


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
        if isinstance(lookup, Exact) and _has_column_of_django(lookup, compiler.connection):
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


def _has_column_of_django(lookup: Exact, connection: BaseDatabaseWrapper) -> bool:
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


Row = Sequence[Any]
Record = type[Any]
"""A NamedTuple: its fields are the columns that are read, by their attributes, and then what is joined."""


class Columns(NamedTuple):
    """Where the fields of a model stand in a row."""

    model: type[Model]
    names: list[str]
    places: list[int]
    pick: Callable[[Row], Row]

    def instance(self, alias: str, row: Row) -> Model:
        return self.model.from_db(alias, self.names, self.pick(row))


class Select(NamedTuple):
    """A statement that Django has compiled, and how its rows become models, or records of type `into`."""

    compiler: SQLCompiler
    text: str
    conditions: tuple[Condition, ...]
    converters: dict[int, Any]
    own: Columns
    joined: tuple[tuple["Field[Any, Any]", Columns], ...]
    annotations: tuple[tuple[str, int], ...]
    into: Record | None

    def fetch(self, alias: str, values: Values) -> Any:
        """Return the row; None where only the ORM can."""
        params = params_of(self.conditions, values, self.compiler)
        if params is None:
            return None
        with self.compiler.connection.cursor() as cursor:
            cursor.execute(self.text, params)
            rows = cursor.fetchall()
        if not rows:
            raise _does_not_exist(self.own.model)
        if len(rows) > 1:
            return None  # the ORM says what is wrong
        if self.converters:
            rows = list(self.compiler.apply_converters(rows, self.converters))
        row = rows[0]
        return self._instance(alias, row) if self.into is None else self._record(self.into, alias, row)

    def _record(self, into: Record, alias: str, row: Row) -> Any:
        return into(*self.own.pick(row), *[columns.instance(alias, row) for _, columns in self.joined])

    def _instance(self, alias: str, row: Row) -> Model:
        instance = self.own.instance(alias, row)
        for field, columns in self.joined:
            field.set_cached_value(instance, columns.instance(alias, row))  # type: ignore[attr-defined]
        for name, place in self.annotations:
            setattr(instance, name, row[place])
        return instance


def fetch_one(
    build: Build, alias: str, model: type[Model], into: Record | None = None, /, **values: object
) -> Any:
    """Return what `build(alias).get(**values)` returns, and raise what that raises.

    The default manager of `model`, the user model, decides which rows `build` returns. With `into` the row
    becomes a record of that type, and only rows that are joined with it become models.
    """
    if not are_plain(values):
        return _get(build, alias, into, values)
    manager = model._default_manager  # noqa: SLF001 - documented, despite its name
    try:
        key = (build, manager, into, *values)
        select = recall(alias, key, lambda: _compile(build, alias, manager, into, values))
        row = None if select is None else select.fetch(alias, values)
    except EmptyResultSet:  # a number that no column can hold
        raise _does_not_exist(build(alias).model) from None
    return _get(build, alias, into, values) if row is None else row


def _get(build: Build, alias: str, into: Record | None, values: Values) -> Any:
    row = build(alias).get(**values)
    return row if into is None else into(**{name: getattr(row, name) for name in into._fields})


def _does_not_exist(model: Any) -> ObjectDoesNotExist:
    error: ObjectDoesNotExist = model.DoesNotExist(
        f"{model._meta.object_name} matching query does not exist."
    )
    return error


def _compile(
    build: Build, alias: str, manager: BaseManager[Any], into: Record | None, values: Values
) -> Select | None:
    """Return the compiled `build(alias).get(**values)`; None for one that only the ORM can read."""
    if not is_plain(manager):
        return None
    queryset = build(alias).filter(**values).order_by()
    queryset.query.set_limits(high=MAX_GET_RESULTS)
    compiler = queryset.query.get_compiler(using=alias)
    text, params = compiler.as_sql()
    conditions = read_conditions(queryset.query, values, compiler)
    if not _is_simple(queryset) or tuple(params) != params_of(conditions, values, compiler):
        return None
    related = compiler.klass_info.get("related_klass_infos", ())
    own = _columns(compiler.klass_info, compiler, into)
    joined = tuple((info["field"], _columns(info, compiler)) for info in related)
    annotations = tuple((compiler.annotation_col_map or {}).items())
    places = {*own.places, *(place for _, place in annotations)}
    converters = _converters(compiler, places.union(*(columns.places for _, columns in joined)))
    return Select(compiler, text, conditions, converters, own, joined, annotations, into)


def _converters(compiler: SQLCompiler, places: set[int]) -> dict[int, Any]:
    """Return what makes values of Python from what the database says, for the columns that are read."""
    expressions = [column[0] for column in compiler.select[: compiler.col_count]]
    converters = compiler.get_converters(expressions)
    return {place: converter for place, converter in converters.items() if place in places}


def _is_simple(queryset: QuerySet[Any]) -> bool:
    """Whether each row is a model."""
    return queryset._iterable_class is ModelIterable  # noqa: SLF001


def _columns(info: dict[str, Any], compiler: SQLCompiler, into: Record | None = None) -> Columns:
    """Return the columns of a model, with those of its parents in other tables, or those of a record."""
    by_name = {compiler.select[place][0].target.attname: place for place in info["select_fields"]}
    fields = [field.attname for field in info["model"]._meta.concrete_fields]
    names = [name for name in (into._fields if into is not None else fields) if name in by_name]
    places = [by_name[name] for name in names]
    return Columns(info["model"], names, places, _picker(places))


def _picker(places: list[int]) -> Callable[[Row], Row]:
    """Return a function that takes what stands at `places` out of a row, in that order."""
    first, last = places[0], places[-1]
    if places == list(range(first, last + 1)):
        return itemgetter(slice(first, last + 1))
    return itemgetter(*places)
