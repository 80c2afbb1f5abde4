"""Public keys as PEM files, for programs that read no JWK Set, such as HAProxy."""

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.core.management.base import CommandError

from django_jwtkit import keys
from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose import Key, is_kid
from django_jwtkit.keys import State, StoredKey
from django_jwtkit.management.base import Report
from django_jwtkit.wording import when

SUFFIX: Final = ".pem"
Names = Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of the PEM files of a folder; `others` are of neither an exported key nor a former one."""

    written: Names
    unchanged: Names
    removed: Names
    others: Names


def export_pems(
    folder: Path,
    exported: Collection[tuple[StoredKey, Key]],
    find_gone: Callable[[Collection[str]], Collection[str]],
) -> Report:
    """Make `folder` hold the exported keys, and none that `find_gone` names among the key IDs of its files.

    Raises `CommandError` where a file cannot be written, and `KeyUnusableError` for an unsafe name.
    """
    try:
        outcome = _synchronize(folder, [key for _, key in exported], find_gone)
    except OSError as error:
        raise CommandError(f"{error.filename or folder} cannot be written: {error.strerror}.") from error
    rows = {_name_of(row.kid): row for row, _ in exported}
    return Report(
        lines=[*_sentences(folder, outcome, rows), f"Next: {_next([row for row, _ in exported])}"],
        data={"keys": [key.to_dict() for _, key in exported], "folder": str(folder), **vars(outcome)},
    )


def _synchronize(
    folder: Path, exported: Sequence[Key], find_gone: Callable[[Collection[str]], Collection[str]]
) -> Outcome:
    contents = {_name_of(key.kid): key.to_pem() for key in exported}
    folder.mkdir(parents=True, exist_ok=True)
    written = [name for name, content in contents.items() if not _is_current(folder / name, content)]
    for name in written:
        _write(folder / name, contents[name])
    others = sorted(file.name for file in folder.glob(f"*{SUFFIX}") if file.name not in contents)
    gone = find_gone([name.removesuffix(SUFFIX) for name in others])
    removed = [name for name in others if name.removesuffix(SUFFIX) in gone]
    for name in removed:
        (folder / name).unlink()
    return Outcome(
        written=written,
        unchanged=[name for name in contents if name not in written],
        removed=removed,
        others=[name for name in others if name not in removed],
    )


def _name_of(kid: str | None) -> str:
    """Return the name of a key's file. A row that somebody has changed must not choose another folder."""
    if not is_kid(kid):
        raise KeyUnusableError(f"the key ID {kid!r} cannot be the name of a file")
    return f"{kid}{SUFFIX}"


def _is_current(file: Path, content: bytes) -> bool:
    return file.is_file() and file.read_bytes() == content


def _write(file: Path, content: bytes) -> None:
    """Write `content` in one step, so that nobody reads half a key."""
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)


def _sentences(folder: Path, outcome: Outcome, rows: dict[str, StoredKey]) -> Iterator[str]:
    now = keys.now()
    for names, verb in ((outcome.written, "Wrote"), (outcome.unchanged, "Unchanged")):
        yield from (f"{verb}: {folder / name} ({rows[name].state(now)})" for name in names)
    yield from (f"Removed: {folder / name} (its key is not trusted any more)" for name in outcome.removed)
    yield from (f"Left as it is: {folder / name} (no exported key has that name)" for name in outcome.others)


def _next(rows: Sequence[StoredKey]) -> str:
    """Say when to export again: each standby that takes over is followed by another one."""
    now = keys.now()
    turns = [row.sign_from for row in rows if row.state(now) is State.STANDBY and row.sign_from is not None]
    reload = "if a file was written or removed, reload what reads them. Export again after each revocation"
    if not turns:
        return f"{reload}, and when there is a standby."
    return f"{reload}, and after {when(min(turns))}, when the next standby is there."
