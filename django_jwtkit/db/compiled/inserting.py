"""An INSERT of one row, which Django does not ask for anything that the database has made."""

from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import connections, transaction
from django.db.models import DateTimeField, Field, Model
from django.db.models.signals import post_save, pre_save
from django.db.models.sql import InsertQuery

from .selecting import Params, recall


class Insert(NamedTuple):
    """A statement that Django has compiled, and the fields of its parameters in their order.

    `reads` are what reads their values from a row.
    """

    text: str
    fields: tuple["Field[Any, Any]", ...]
    reads: tuple[Callable[[Model], Any], ...]

    def params(self, row: Model, alias: str) -> Params | None:
        """Return the parameters for `row`; None where Django would write another text for them."""
        connection = connections[alias]
        values = [read(row) for read in self.reads]
        if any(hasattr(value, "resolve_expression") for value in values):
            return None
        pairs = zip(self.fields, values, strict=True)
        params = tuple(field.get_db_prep_save(value, connection) for field, value in pairs)
        return None if any(hasattr(param, "as_sql") for param in params) else params


def insert(row: Model, alias: str) -> None:
    """Do what `row.save(using=alias, force_insert=True)` does, for a `row` whose model keeps Django's `save`.

    A project that listens to the row's signals, say to audit logins, gets Django's own save. What the
    database computes is read when somebody asks for it, as Django does on MariaDB.
    """
    model = type(row)
    if pre_save.has_listeners(model) or post_save.has_listeners(model) or not _is_complete(row):
        row.save(using=alias, force_insert=True)
        return
    with transaction.mark_for_rollback_on_error(using=alias):
        statement = recall(alias, (insert, model), lambda: _compile(row, alias))
        params = None if statement is None else statement.params(row, alias)
        if statement is None or params is None:
            row.save(using=alias, force_insert=True)
            return
        with connections[alias].cursor() as cursor:
            cursor.execute(statement.text, params)
    row._state.db, row._state.adding = alias, False  # noqa: SLF001 - documented


def _is_complete(row: Model) -> bool:
    """Whether `row` has its key, and no related object of which Django would check whether it is saved."""
    return row.pk is not None and not row._state.fields_cache  # noqa: SLF001 - documented


def _compile(row: Model, alias: str) -> Insert | None:
    """Return the INSERT of the model of `row`; None for one that only the ORM can write."""
    options = row._meta
    fields = tuple(field for field in options.local_concrete_fields if not field.generated)
    if options.parents or options.order_with_respect_to or {*options.db_returning_fields} & {*fields}:
        return None
    if any(map(_has_placeholder, fields)):
        return None
    query: Any = InsertQuery(type(row))
    query.insert_values(fields, [row])
    [(text, params)] = query.get_compiler(using=alias).as_sql()
    return Insert(text, fields, tuple(map(_reader, fields))) if len(params) == len(fields) else None


def _reader(field: "Field[Any, Any]") -> Callable[[Model], Any]:
    """Return what reads the value of `field` from a row, as its `pre_save` does.

    Django's own mostly reads the attribute, but its calls for twenty columns are 1.5 % of a login.
    """
    is_made = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    is_plain = type(field).pre_save in {Field.pre_save, DateTimeField.pre_save} and not is_made
    return attrgetter(field.attname) if is_plain else partial(field.pre_save, add=True)


def _has_placeholder(field: "Field[Any, Any]") -> bool:
    """Whether `field` writes a text of its own for each value; Django 6.1 has renamed the method."""
    return hasattr(field, "get_placeholder") or hasattr(field, "get_placeholder_sql")
