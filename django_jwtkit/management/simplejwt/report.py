"""All that was found, for people in 80 columns and for programs."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import DatabaseError

from django_jwtkit import keys, sessions
from django_jwtkit.wording import iso, when

from .neighbours import Neighbour, find_neighbours
from .tables import Table, find_tables, last_expiry
from .translation import Translation, end_of_day, refresh_lifetime, translate
from .usages import Usage, find_url_names, find_usages, project_folders

WIDTH: Final = 79
IMPORTS: Final = "from datetime import UTC, datetime, timedelta"
STEPS: Final = "Each step, and the way back: docs/coming-from-simplejwt.md"


@dataclass(frozen=True, slots=True)
class Survey:
    """`until`: no token of simplejwt is good any more; `last_seen`: when one was last accepted here."""

    translation: Translation
    usages: Sequence[Usage]
    url_names: Sequence[Usage]
    neighbours: Sequence[Neighbour]
    tables: Sequence[Table]
    until: datetime
    last_seen: datetime | None

    def to_dict(self) -> dict[str, object]:
        """Return the survey for programs."""
        return {
            "jwtkit": dict(self.translation.lines),
            "dropped": [{"setting": name, "reason": why} for name, why in self.translation.dropped.items()],
            "code": [_place(usage) for usage in self.usages],
            "url_names": [_place(usage) for usage in self.url_names],
            "neighbours": [neighbour._asdict() for neighbour in self.neighbours],
            "tables": [table._asdict() for table in self.tables],
            "until": iso(self.until),
            "last_seen": iso(self.last_seen),
        }

    def lines(self) -> Iterator[str]:
        """Yield the survey for people."""
        yield from ("Settings. Put these lines beside SIMPLE_JWT, which stays:", "")
        yield from (f"    {line}" for line in (IMPORTS, "", *self.translation.source()))
        yield from _section(
            "Dropped, and why:", _dropped(self.translation.dropped), "Nothing: each setting has a successor."
        )
        yield from _section("Code to change:", _places(self.usages), "Nothing imports the old package.")
        yield from _section("Url names:", _places(self.url_names), "None is looked up.")
        yield from _section("Packages:", _advice(self.neighbours), "No other package imports the old one.")
        yield from _section("Tables:", (table.sentence() for table in self.tables), "The blacklist has none.")
        yield from _section("Old tokens:", _ending(self.until, self.last_seen))
        yield from ("", STEPS)


def take_survey() -> Survey:
    """Return what the project has to do. It reads, and changes nothing."""
    folders, old = project_folders(), _old_settings()
    alive = [keys.now() + refresh_lifetime(old), last_expiry()]
    until = end_of_day(max(each for each in alive if each is not None))
    return Survey(
        translation=translate(old, until),
        usages=list(find_usages(folders)),
        url_names=list(find_url_names(folders)),
        neighbours=list(find_neighbours()),
        tables=list(find_tables()),
        until=until,
        last_seen=_last_seen(),
    )


def _old_settings() -> Mapping[str, object]:
    old = getattr(settings, "SIMPLE_JWT", None)
    return {str(name): value for name, value in old.items()} if isinstance(old, Mapping) else {}


def _last_seen() -> datetime | None:
    try:
        return sessions.last_seen_simplejwt()
    except DatabaseError:  # not migrated yet
        return None


def _section(heading: str, sentences: Iterable[str], otherwise: str = "") -> Iterator[str]:
    yield from ("", heading)
    for sentence in list(sentences) or [otherwise]:
        yield from textwrap.wrap(sentence, WIDTH, initial_indent="  ", subsequent_indent="    ")


def _dropped(dropped: Mapping[str, str]) -> Iterator[str]:
    yield from (f"{name}: {why}" for name, why in dropped.items())


def _places(usages: Iterable[Usage]) -> Iterator[str]:
    yield from (f"{_relative(usage.file)}:{usage.line}: {usage.text} -> {usage.instead}" for usage in usages)


def _place(usage: Usage) -> dict[str, object]:
    return {"file": _relative(usage.file), "line": usage.line, "text": usage.text, "instead": usage.instead}


def _relative(file: Path) -> str:
    """Return the path from the folder in which the command runs."""
    here = Path.cwd()
    return str(file.relative_to(here)) if file.is_relative_to(here) else str(file)


def _advice(neighbours: Iterable[Neighbour]) -> Iterator[str]:
    yield from (f"{each.package} {each.version}: {each.advice}" for each in neighbours)


def _ending(until: datetime, last_seen: datetime | None) -> Iterator[str]:
    yield f"The last one has expired by {when(until)}, if the switch is today."
    yield f"Last accepted here: {when(last_seen, never='never')}."
