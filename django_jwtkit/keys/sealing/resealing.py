"""Sealing every key anew, and vouching for it anew, under the newest sealing key."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from typing import Final, NamedTuple

from django_jwtkit.db import asks_database, durable, pauses
from django_jwtkit.errors import KeyUnusableError, SealingKeyLost
from django_jwtkit.keys.store import (
    MOVED_SCOPE,
    SEALED,
    VOUCHED_ANEW,
    VOUCHED_RING,
    Address,
    Author,
    HistoryEntry,
    Ring,
    Store,
    StoredKey,
    current_store,
    note,
    now,
)
from django_jwtkit.wording import KeyName, Message

from .derived_keys import note_checks
from .integrity import (
    VOUCHED,
    Judge,
    Mac,
    Verdict,
    is_new_to,
    judge_at,
    newest_key,
    read_macs,
    sign_row,
    vouch,
    vouched_for,
)
from .private_parts import seal, sealed_under, unseal

BATCH: Final = 100  # rows
PATIENCE: Final = 20.0  # seconds for one key, while others change its ring


class Resealed(NamedTuple):
    """What became of a key: `sealed_under` is the id it rests under, `problem` why it could not be moved.

    `scope` is the one that it was moved to, by `scope_was`.
    """

    kid: str
    ring: str
    sealed_under: str
    problem: str = ""
    scope: str | None = None


@asks_database("keys.reseal")
def reseal(
    *, dry_run: bool = False, scope_was: str | None = None, by: str = "", source: str = "code"
) -> Iterator[Resealed]:
    """Seal each key that rests under an older sealing key anew, one at a time: stop and go on as you like.

    Keys without a private part move too: they are vouched for under the newest one. Each is swapped on
    condition that its ring has not changed since it was read, so running servers and rotations are safe. A
    key that cannot be opened, or was tampered with, is reported and left as it is. `scope_was` is what
    `KEYRING_SCOPE` returned before: the rings are vouched for in the scope of now. Raises `SealingKeyLost`,
    `InsideTransaction`.
    """
    store, newest, author = current_store(), newest_key().id, Author(by, source)
    if not dry_run:
        note_checks(store.alias)
    if scope_was is not None:
        yield from _move(Store(store.alias, scope_was), store, author, dry_run=dry_run)
        if dry_run:  # what follows would judge the keys in the scope that they are not in yet
            return
    for row in _rows(store):
        if not _is_under(row, newest):
            done = _resealed(row, store.ring(row.ring_id), newest, author, dry_run=dry_run)
            if done is not None:
                yield done
    if not dry_run:
        for name in list(Ring.objects.using(store.alias).values_list("name", flat=True)):
            _vouch_anew(store.ring(name), newest, author)


def rests_under(row: StoredKey) -> frozenset[str]:
    """Return the ids of the sealing keys that `row` needs: of its private part, and of its MAC."""
    return frozenset(filter(None, (sealed_under(row), Mac.parse(row.mac).key_id)))


def _is_under(row: StoredKey, newest: str) -> bool:
    sealed = not row.sealed or sealed_under(row) == newest
    return sealed and Mac.parse(row.mac).key_id == newest


def _rows(store: Store) -> Iterator[StoredKey]:
    """Yield all living keys, read in batches: no cursor stays open while rows are written."""
    last = 0
    living = StoredKey.objects.using(store.alias).filter(archived=False, revoked_at=None)
    while batch := list(living.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield from batch
        last = batch[-1].pk


def _resealed(
    row: StoredKey, address: Address, newest: str, author: Author, *, dry_run: bool
) -> Resealed | None:
    """Return what became of `row`; None where somebody else has ended or moved it meanwhile."""
    for _ in pauses(PATIENCE):
        judge = judge_at(address)
        again = StoredKey.objects.using(address.alias).filter(pk=row.pk, archived=False, revoked_at=None)
        current = again.first()
        if current is None or current.sealed != row.sealed or _is_under(current, newest):
            return None
        problem, moved = _moved(current, judge, newest)
        if problem and judge.is_current():
            return Resealed(row.kid, row.ring_id, sealed_under(row), problem)
        if moved is not None and (dry_run or _swap_row(current, moved, judge, author)):
            return Resealed(row.kid, row.ring_id, newest)
    return Resealed(row.kid, row.ring_id, sealed_under(row), f"Ring {row.ring_id} is busy: run it again.")


def _moved(row: StoredKey, judge: Judge, newest: str) -> tuple[str, StoredKey | None]:
    """Return why `row` can't be moved, or the row as it must become."""
    verdict = judge.judge(row)
    if verdict.fault:
        return f"{verdict.fault} {verdict.remedy}".rstrip(), None
    moved = copy(row)
    try:
        if row.sealed and sealed_under(row) != newest:
            moved.sealed = seal(unseal(row), row.ring_id)
    except (KeyUnusableError, SealingKeyLost) as error:
        return str(error), None
    moved.mac = sign_row(moved, judge.address)
    return "", moved


def _swap_row(was: StoredKey, row: StoredKey, judge: Judge, author: Author) -> bool:
    """Put `row` in the place of what it `was`, and note it; False where the ring has changed meanwhile."""
    under = Mac.parse(row.mac).key_id
    text = VOUCHED_ANEW if row.sealed == was.sealed else SEALED
    message = Message(text, {"key": KeyName(row.kid), "key_id": under})
    with durable(judge.address.alias, "Resealing"):
        macs = {**vouched_for(judge.ring), row.kid: row.mac}
        if not _swap_ring(judge, judge.address, macs, [HistoryEntry(row.kid, "resealed", message)], author):
            return False
        StoredKey.objects.using(judge.address.alias).filter(pk=row.pk).update(sealed=row.sealed, mac=row.mac)
    return True


def _swap_ring(
    judge: Judge, address: Address, macs: Mapping[str, str], entries: list[HistoryEntry], author: Author
) -> bool:
    """Have the ring at `address` vouch for `macs`: the first statement of a transaction, as in a rotation."""
    ring = judge.ring
    if is_new_to(ring):
        entries = [*entries, HistoryEntry("", VOUCHED, Message(VOUCHED_RING, {"key_id": newest_key().id}))]
    rings = Ring.objects.using(address.alias).filter(pk=address.ring, generation=ring.generation)
    if not rings.update(generation=uuid.uuid4(), **vouch(ring, address, macs)):
        return False
    note(address.alias, address.ring, entries, author, now(), serial=ring.serial + 1)
    return True


def _vouch_anew(address: Address, newest: str, author: Author) -> None:
    """See that nothing but the newest sealing key vouches for the ring, once all its keys rest under that."""
    for _ in pauses(PATIENCE):
        judge = judge_at(address)
        macs = {} if judge.fault.fault else vouched_for(judge.ring)
        under = {Mac.parse(text).key_id for text in macs.values()} | {newest}
        if judge.fault.fault or read_macs(judge.ring.macs).keys() == under:
            return
        with durable(address.alias, "Resealing"):
            if _swap_ring(judge, address, macs, [], author):
                return


def _move(before: Store, store: Store, author: Author, *, dry_run: bool) -> Iterator[Resealed]:
    """Vouch in `store` for what was vouched for in `before`, the same keys under another scope."""
    for name in list(Ring.objects.using(store.alias).order_by("pk").values_list("name", flat=True)):
        yield from _move_ring(before.ring(name), store.ring(name), author, dry_run=dry_run)


def _move_ring(before: Address, address: Address, author: Author, *, dry_run: bool) -> Sequence[Resealed]:
    """Return what became of the keys of one ring: nothing where it is vouched for at `address` already.

    A key that was tampered with stays behind. One that this process can't judge keeps its ring where it is:
    once the ring has moved without it, nobody could bring it along.
    """
    for _ in pauses(PATIENCE):
        if not judge_at(address).fault.fault:
            return []
        judge, living = judge_at(before), StoredKey.objects.using(address.alias).filter(ring_id=address.ring)
        verdicts = [(row, judge.judge(row)) for row in living.filter(archived=False, revoked_at=None)]
        stuck = bool(judge.fault.fault) or any(verdict.unjudged for _, verdict in verdicts)
        moved = [] if stuck else [row for row, verdict in verdicts if not verdict.fault]
        remaining = [
            _left_behind(row, verdict, before.scope) for row, verdict in verdicts if row not in moved
        ]
        if remaining and not judge.is_current():
            continue
        if stuck or dry_run or _swap_scope(judge, address, moved, author):
            done = [Resealed(row.kid, row.ring_id, sealed_under(row), scope=address.scope) for row in moved]
            return [*done, *remaining]
    return [Resealed("", address.ring, "", f"Ring {address.ring} is busy: run it again.")]


def _left_behind(row: StoredKey, verdict: Verdict, scope: str) -> Resealed:
    why = f"{verdict.fault} {verdict.remedy}".strip() or "Its ring stays until all its keys can be judged."
    problem = f"Key {row.kid} was not moved from the scope {scope!r}. {why}"
    return Resealed(row.kid, row.ring_id, sealed_under(row), problem)


def _swap_scope(judge: Judge, address: Address, rows: list[StoredKey], author: Author) -> bool:
    macs = {row.kid: sign_row(row, address) for row in rows}
    entries = [HistoryEntry(kid, "resealed", Message(MOVED_SCOPE, {"key": KeyName(kid)})) for kid in macs]
    with durable(address.alias, "Resealing"):
        if not _swap_ring(judge, address, macs, entries, author):
            return False
        for row in rows:
            StoredKey.objects.using(address.alias).filter(pk=row.pk).update(mac=macs[row.kid])
    return True
