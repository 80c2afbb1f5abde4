"""The history of keys: each entry is written in the transaction of its change."""

import getpass
from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from django_jwtkit.wording import Message

from .models import KeyEvent
from .sentences import facts_of

WHO: Final = 255  # characters, as the columns have them
SOURCE: Final = 32
DETAIL: Final = 500


class Author(NamedTuple):
    """The user or host account behind a change, and its source: command, admin, migration or code."""

    who: str = ""
    source: str = "code"


class HistoryEntry(NamedTuple):
    """One change of one key: a word for programs, and a sentence of the table `TEXTS` for people."""

    kid: str
    action: str
    message: Message


def note(
    using: str, ring: str, entries: Iterable[HistoryEntry], author: Author, at: datetime, *, serial: int
) -> None:
    """Write `entries` into the history of `ring`, as its change number `serial`."""
    who, source = author.who[:WHO], author.source[:SOURCE]
    KeyEvent.objects.using(using).bulk_create(
        KeyEvent(
            ring_id=ring,
            serial=serial,
            kid=entry.kid,
            action=entry.action,
            at=at,
            who=who,
            source=source,
            detail=str(entry.message)[:DETAIL],
            facts=facts_of(entry.message, at),
        )
        for entry in entries
    )


def operator() -> str:
    """Return the name of the operating system's user; empty where there is none, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""
