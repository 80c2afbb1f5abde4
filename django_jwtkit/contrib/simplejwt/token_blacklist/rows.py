"""Sessions behind the methods of a manager, as far as the usual loops over tokens need them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, Generic, TypeVar

from django.db import router
from django.db.models import QuerySet

from django_jwtkit.sessions import Session

Row = TypeVar("Row")
COLUMNS: Final[Mapping[str, str]] = {"id": "pk", "jti": "pk", "blacklisted_at": "ended_at"}
"""Our columns, by simplejwt's names where those differ."""


class Rows(Generic[Row]):
    """Sessions that are read as `row` makes them; on the database that is written to."""

    def __init__(self, row: Callable[[Session], Row], *, sessions: QuerySet[Session] | None = None) -> None:
        self._row, self._sessions = row, sessions

    @property
    def sessions(self) -> QuerySet[Session]:
        """The rows as sessions."""
        return self.every_session() if self._sessions is None else self._sessions

    def every_session(self) -> QuerySet[Session]:
        """Return where the rows are taken from."""
        return Session.objects.using(router.db_for_write(Session))

    def all(self) -> "Rows[Row]":
        return self._with(self.sessions.all())

    def filter(self, **lookups: object) -> "Rows[Row]":
        return self._with(self.sessions.filter(**_renamed(lookups)))

    def exclude(self, **lookups: object) -> "Rows[Row]":
        return self._with(self.sessions.exclude(**_renamed(lookups)))

    def get(self, **lookups: object) -> Row:
        return self._row(self.sessions.get(**_renamed(lookups)))

    def first(self) -> Row | None:
        return next(iter(self._with(self.sessions[:1])), None)

    def count(self) -> int:
        return self.sessions.count()

    def exists(self) -> bool:
        return self.sessions.exists()

    def __iter__(self) -> Iterator[Row]:
        return map(self._row, self.sessions)

    def __len__(self) -> int:
        return len(self.sessions)

    def _with(self, sessions: QuerySet[Session]) -> "Rows[Row]":
        return Rows(self._row, sessions=sessions)


def _renamed(lookups: Mapping[str, object]) -> dict[str, object]:
    """Return `lookups` by our columns. Raises `TypeError` for a token's text, which is stored nowhere."""
    columns: dict[str, object] = {}
    for lookup, value in lookups.items():
        name, *rest = lookup.removeprefix("token__").split("__")
        if name == "token":
            raise TypeError("no token is stored: look for its session, jti=RefreshToken(text)['jti']")
        columns["__".join((COLUMNS.get(name, name), *rest))] = value
    return columns
