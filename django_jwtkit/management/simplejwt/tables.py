"""The tables of simplejwt: their rows, and until when a token that is stored there is valid."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

from django.apps import apps
from django.db import DatabaseError, connections, router

from django_jwtkit.sessions import Session
from django_jwtkit.wording import plural

APP: Final = "rest_framework_simplejwt.token_blacklist"
OUTSTANDING: Final = "token_blacklist_outstandingtoken"
TABLES: Final = (OUTSTANDING, "token_blacklist_blacklistedtoken")
INSTALLED: Final = (
    "Keep the app until no old token is left. Then: manage.py flushexpiredtokens, manage.py migrate "
    "token_blacklist zero, and take it out."
)
ORPHANED: Final = (
    "Its app is not installed: a user who has a row there cannot be deleted. Install it, and follow the "
    "page when no old token is left."
)


class Table(NamedTuple):
    table: str
    rows: int
    advice: str

    def sentence(self) -> str:
        """Return the table's line for people."""
        return f"{self.table}: {plural(self.rows, 'row')}. {self.advice}"


def find_tables() -> Iterator[Table]:
    """Yield the tables of the blacklist that are in the database of our sessions."""
    advice = INSTALLED if apps.is_installed(APP) else ORPHANED
    for table in TABLES:
        if (rows := _ask(f"SELECT COUNT(*) FROM {table}")) is not None:  # noqa: S608 - a name of the list above
            yield Table(table, int(str(rows)), advice)


def last_expiry() -> datetime | None:
    """Return when the last token that simplejwt has noted expires, None where it has noted none."""
    value = _ask(f"SELECT MAX(expires_at) FROM {OUTSTANDING}")  # noqa: S608 - a constant
    if isinstance(value, str):  # SQLite
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


def _ask(sql: str) -> object:
    """Return the one value of a query; None where the table is not there."""
    connection = connections[router.db_for_write(Session)]
    try:
        with connection.cursor() as cursor:
            if not set(TABLES) & set(connection.introspection.table_names(cursor)):
                return None
            cursor.execute(sql)
            row = cursor.fetchone()
    except DatabaseError:
        return None
    return None if row is None else row[0]
