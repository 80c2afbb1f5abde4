"""What has happened to keys, as it is written down: in the transaction that does it."""

import getpass
from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from .models import KeyEvent

WHO: Final = 255  # characters, as the columns have them
SOURCE: Final = 32
DETAIL: Final = 500


class Author(NamedTuple):
    """Who does it, and from which source: command, admin, migration or code."""

    who: str = ""
    source: str = "code"


class HistoryEntry(NamedTuple):
    """One thing that was done to one key: a word for programs, a sentence for people."""

    kid: str
    action: str
    detail: str


def note(
    using: str, ring: str, entries: Iterable[HistoryEntry], author: Author, at: datetime, *, serial: int
) -> None:
    """Write `entries` into the history of `ring`; they are its change number `serial`."""
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
            detail=entry.detail[:DETAIL],
        )
        for entry in entries
    )


def operator() -> str:
    """Who is at the keyboard; empty where the system does not say, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return ""
