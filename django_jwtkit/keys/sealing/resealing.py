"""Sealing every private key anew under the newest sealing key."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from django.db import transaction

from django_jwtkit.db import durable
from django_jwtkit.errors import KeyUnusableError, SealingKeyLost
from django_jwtkit.keys import clock
from django_jwtkit.keys.history import Author, Deed, note
from django_jwtkit.keys.locating import stored_keys
from django_jwtkit.keys.models import StoredKey
from django_jwtkit.keys.planning import short

from .rows import seal, sealed_under, unseal
from .secrets import note_checks, sealing_keys

BATCH: Final = 100


class Resealed(NamedTuple):
    """What became of a key: `sealed_under` is the id it rests under, `problem` why it could not be opened."""

    kid: str
    ring: str
    sealed_under: str
    problem: str = ""


def reseal(*, dry_run: bool = False, by: str = "", door: str = "code") -> Iterator[Resealed]:
    """Seal each key that rests under an older sealing key anew, one at a time: stop and go on as you like.

    Each row is swapped on condition that it still holds what was opened, so running servers and rotations are
    safe. A key that cannot be opened is told and left as it is. Raises `SealingKeyLost`, `InsideTransaction`.
    """
    newest = next(iter(sealing_keys().values())).id
    if not dry_run:
        note_checks(stored_keys().db)
    for row in _rows():
        if sealed_under(row) != newest:
            done = _resealed(row, newest, Author(by, door), dry_run=dry_run)
            if done is not None:
                yield done


def _rows() -> Iterator[StoredKey]:
    """All that have a private part, in batches read whole: no cursor stays open while rows are written."""
    last = 0
    while batch := list(stored_keys().exclude(sealed="").filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield from batch
        last = batch[-1].pk


def _resealed(row: StoredKey, newest: str, author: Author, *, dry_run: bool) -> Resealed | None:
    """What became of `row`; None where somebody else has changed it meanwhile."""
    try:
        key = unseal(row)
    except (KeyUnusableError, SealingKeyLost) as error:
        return Resealed(row.kid, row.ring_id, sealed_under(row), str(error))
    if not dry_run and not _swapped(row, seal(key, row.ring_id), newest, author):
        return None
    return Resealed(row.kid, row.ring_id, newest)


def _swapped(row: StoredKey, sealed: str, newest: str, author: Author) -> bool:
    """Put `sealed` in the place of what `row` held, and note it; False where it holds that no more.

    The note comes first: it locks the ring's row (a foreign key), as the first statement of a rotation does,
    and who locks in the same order never meets in a deadlock.
    """
    using = stored_keys().db
    told = f"The private part of key {short(row.kid)} is sealed anew under {newest}."
    with durable(using, "Resealing"):
        note(using, row.ring_id, [Deed(row.kid, "resealed", told)], author, clock.now())
        swapped = bool(stored_keys().filter(pk=row.pk, sealed=row.sealed).update(sealed=sealed))
        if not swapped:
            transaction.set_rollback(True, using=using)
    return swapped
