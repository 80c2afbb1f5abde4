"""Statements that Django compiles once for a connection, and that are executed many times.

The ORM spends four fifths of a SELECT of one row on making the same text again: 280 µs for a user in SQLite,
of which the database needs ten. Here Django's compiler makes the text once. The values of each call go
through Django's own lookups and fields. Django's cursor executes the statement, so that wrappers, query logs
and transactions see one like any other (docs/decisions/0013-statements-compiled-once.md).

Whatever the project might change from request to request is left to the ORM: see `selecting`.
"""

from .inserting import insert
from .selecting import fetch_one
from .updating import update

__all__ = ["fetch_one", "insert", "update"]
