"""Sealing every private key anew under the newest sealing key."""

from collections.abc import Iterator
from typing import NamedTuple

from django_jwtkit.errors import KeyUnusableError, SealingKeyLost
from django_jwtkit.keys.models import StoredKey
from django_jwtkit.keys.resolving import stored_keys

from .rows import seal, sealed_under, unseal
from .secrets import note_checks, sealing_keys


class Resealed(NamedTuple):
    """What became of a key: `sealed_under` is the id it rests under, `problem` why it could not be opened."""

    kid: str
    ring: str
    sealed_under: str
    problem: str = ""


def reseal(*, dry_run: bool = False) -> Iterator[Resealed]:
    """Seal each key that rests under an older sealing key anew, one at a time: stop and go on as you like.

    Each row is swapped on condition that it still holds what was opened, so running servers and rotations are
    safe. A key that cannot be opened is told and left as it is.
    """
    newest = next(iter(sealing_keys().values())).id
    if not dry_run:
        note_checks(stored_keys().db)
    for row in stored_keys().exclude(sealed="").order_by("pk").iterator(chunk_size=100):
        if sealed_under(row) != newest:
            yield _resealed(row, newest, dry_run=dry_run)


def _resealed(row: StoredKey, newest: str, *, dry_run: bool) -> Resealed:
    try:
        key = unseal(row)
    except (KeyUnusableError, SealingKeyLost) as error:
        return Resealed(row.kid, row.ring_id, sealed_under(row), str(error))
    if not dry_run:
        stored_keys().filter(pk=row.pk, sealed=row.sealed).update(sealed=seal(key, row.ring_id))
    return Resealed(row.kid, row.ring_id, newest)
