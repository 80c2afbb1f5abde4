"""Writing a plan into the rows, and vouching for their new content, in the caller's transaction."""

from collections.abc import Iterator, Mapping
from copy import copy
from typing import Final

from django.views.decorators.debug import sensitive_variables

from django_jwtkit.jose import Key, encoding
from django_jwtkit.keys.planning import Plan, Planned
from django_jwtkit.keys.sealing import (
    REVOKED,
    VOUCHED,
    is_new_to,
    newest_key,
    seal,
    sign_row,
    vouch,
)
from django_jwtkit.keys.store import FOUND, VOUCHED_RING, Address, Author, HistoryEntry, Ring, StoredKey, note
from django_jwtkit.wording import KeyName, Message, Reason

from .reading import RingState

ENDING: Final = ("open_slot", "revoked_at", "reason", "archived")
"""The columns that may be written without judging the row: each ends trust, and none needs a new MAC."""


@sensitive_variables()
def new_row(ring: str, key: Key) -> dict[str, str]:
    """Return the columns of a new row that depend on `key`; the private part is sealed."""
    public = "" if key.is_symmetric else encoding.dumps(key.public().to_dict()).decode()
    return {
        "ring_id": ring,
        "kid": key.kid or "",
        "alg": key.alg,
        "use": key.use,
        "public_jwk": public,
        "sealed": seal(key, ring) if key.private else "",
    }


@sensitive_variables()
def write(
    plan: Plan, state: RingState, new_rows: Mapping[str, dict[str, str]], author: Author, *, algorithm: str
) -> None:
    """Write `plan` into the ring that was read as `state`; `new_rows` are the columns of new keys, by kid.

    Rows that end come first, then those that open, so that `jwtkit_one_open_key` holds after each statement.
    """
    address, cannot_vouch = state.address, state.situation.cannot_vouch
    _free_open_slot(plan, address, state.rows)
    rows = dict(state.rows)
    for _, key in sorted(plan.changes(), key=lambda change: _open_slot(change[1]) or 0):
        if key.kid in new_rows:
            row = StoredKey(**new_rows[key.kid], **_columns(key))
            row.mac = sign_row(row, address)
            row.save(using=address.alias, force_insert=True)
        else:
            row = _update(rows[key.kid], key, address, only_ends=cannot_vouch)
        rows[key.kid] = row
    serial = state.judge.ring.serial if cannot_vouch else _vouch(plan, state, rows, algorithm)
    note(address.alias, plan.ring, _entries(plan, state), author, plan.now, serial=serial)


@sensitive_variables()
def _update(row: StoredKey, key: Planned, address: Address, *, only_ends: bool) -> StoredKey:
    """Write `key` into its `row`; return the row as it then is. With `only_ends` nothing is vouched for."""
    row, columns = copy(row), _columns(key)
    only_ends = only_ends or key.tampered or not key.judged
    if only_ends:
        columns = {name: columns[name] for name in ENDING}
    if not key.private:
        columns["sealed"] = ""
    for name, value in columns.items():
        setattr(row, name, value)
    if not only_ends:
        row.mac = columns["mac"] = sign_row(row, address)
    StoredKey.objects.using(address.alias).filter(pk=row.pk).update(**columns)
    return row


def _vouch(plan: Plan, state: RingState, rows: Mapping[str, StoredKey], algorithm: str) -> int:
    """Have the ring's row vouch for the keys of `plan` that may still be trusted; return its new serial."""
    address, ring = state.address, copy(state.judge.ring)
    ring.algorithm = algorithm
    trusted = [key for key in plan.after if not (key.revoked_at or key.archived or key.tampered)]
    columns = vouch(ring, address, {key.kid: rows[key.kid].mac for key in trusted})
    Ring.objects.using(address.alias).filter(name=address.ring).update(**columns)
    return ring.serial + 1


def _entries(plan: Plan, state: RingState) -> Iterator[HistoryEntry]:
    """Yield what the history says of `plan`, and of revocations in the rows that it does not know yet."""
    for step in plan.steps:
        yield HistoryEntry(step.key.kid, step.action, step.message)
    for old, key in plan.changes():  # a row that was revoked by SQL: from now on the history knows of it
        if (
            old is not None
            and old.revoked_at
            and key.archived
            and key.kid not in state.judge.evidence.revoked
        ):
            message = Message(FOUND, {"key": KeyName(key.kid), "reason": Reason(key.reason)})
            yield HistoryEntry(key.kid, REVOKED, message)
    if not state.situation.cannot_vouch and is_new_to(state.judge.ring):
        yield HistoryEntry("", VOUCHED, Message(VOUCHED_RING, {"key_id": newest_key().id}))


def _free_open_slot(plan: Plan, address: Address, rows: Mapping[str, StoredKey]) -> None:
    """Take the slot of the key that signs without an end from every row that is not to have it.

    A row that was tampered with is in no plan, and must not block one.
    """
    keep = [rows[key.kid].pk for key in plan.after if key.kid in rows and _open_slot(key)]
    open_rows = StoredKey.objects.using(address.alias).filter(ring_id=address.ring, open_slot__isnull=False)
    open_rows.exclude(pk__in=keep).update(open_slot=None)


def _columns(key: Planned) -> dict[str, object]:
    return {
        "published_at": key.published_at,
        "sign_from": key.sign_from,
        "sign_until": key.sign_until,
        "open_slot": _open_slot(key),
        "max_lifetime": key.max_lifetime,
        "margin": key.margin,
        "revoked_at": key.revoked_at,
        "reason": key.reason[:255],
        "archived": key.archived,
    }


def _open_slot(key: Planned) -> int | None:
    is_open = key.sign_from is not None and key.sign_until is None and key.revoked_at is None
    return 1 if is_open and not key.tampered else None
