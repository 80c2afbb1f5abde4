"""Writing a plan into the rows, and vouching for what they then say. All of it is one transaction's work."""

from collections.abc import Iterator, Mapping
from copy import copy
from typing import Final

from django.views.decorators.debug import sensitive_variables

from django_jwtkit.jose import Key
from django_jwtkit.jose.wire.encoding import dumps
from django_jwtkit.keys.planning import Plan, Planned, short
from django_jwtkit.keys.sealing import (
    REVOKED,
    SENTENCE,
    VOUCHED,
    Judge,
    is_new_to,
    newest_key,
    seal,
    sign_row,
    vouch,
)
from django_jwtkit.keys.store import Address, Author, HistoryEntry, Ring, StoredKey, note

ENDING: Final = ("open_slot", "revoked_at", "reason", "archived")
"""What may be written of a row without judging it: each ends trust, and none is covered by its MAC alone."""


@sensitive_variables()
def new_row(ring: str, key: Key) -> dict[str, str]:
    """Return the columns of a new row that `key` decides; the private part is sealed."""
    public = "" if key.kty == "oct" else dumps(key.public().to_dict()).decode()
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
    plan: Plan,
    judge: Judge,
    rows: Mapping[str, StoredKey],
    made: Mapping[str, dict[str, str]],
    author: Author,
    *,
    algorithm: str,
    mute: bool,
) -> None:
    """Write `plan` of the ring that `judge` has judged, whose `rows` are known and whose new ones are `made`.

    `mute`: nothing can be vouched for here, so that only trust can be ended. Ends come first, openings after
    them, so that `jwtkit_one_open_key` holds after each statement.
    """
    address = judge.address
    _free_open_slot(plan, address, rows)
    written = dict(rows)
    for _, key in sorted(plan.changes(), key=lambda change: _open_slot(change[1]) or 0):
        if key.kid in made:
            row = StoredKey(**made[key.kid], **_columns(key))
            row.mac = sign_row(row, address)
            row.save(using=address.alias, force_insert=True)
        else:
            row = _changed(rows[key.kid], key, address, mute=mute)
        written[key.kid] = row
    serial = judge.ring.serial if mute else _vouch(plan, judge, written, algorithm)
    note(address.alias, plan.ring, _entries(plan, judge, mute=mute), author, plan.now, serial=serial)


@sensitive_variables()
def _changed(row: StoredKey, key: Planned, address: Address, *, mute: bool) -> StoredKey:
    """Write `key` into its `row`; return the row as it then is."""
    row, columns = copy(row), _columns(key)
    if mute or key.tampered or not key.judged:
        columns = {name: columns[name] for name in ENDING}
    if not key.private:
        columns["sealed"] = ""
    for name, value in columns.items():
        setattr(row, name, value)
    if not (mute or key.tampered or not key.judged):
        row.mac = columns["mac"] = sign_row(row, address)
    StoredKey.objects.using(address.alias).filter(pk=row.pk).update(**columns)
    return row


def _vouch(plan: Plan, judge: Judge, rows: Mapping[str, StoredKey], algorithm: str) -> int:
    """Have the ring vouch for the keys of `plan` that may still be trusted; return the change's number."""
    address, ring = judge.address, copy(judge.ring)
    ring.algorithm = algorithm
    living = [key for key in plan.after if not (key.revoked_at or key.archived or key.tampered)]
    columns = vouch(ring, address, {key.kid: rows[key.kid].mac for key in living})
    Ring.objects.using(address.alias).filter(name=address.ring).update(**columns)
    return ring.serial + 1


def _entries(plan: Plan, judge: Judge, *, mute: bool) -> Iterator[HistoryEntry]:
    for step in plan.steps:
        yield HistoryEntry(step.key.kid, step.action, step.sentence())
    for old, key in plan.changes():  # a row that was revoked by SQL: from now on the history knows of it
        if old is not None and old.revoked_at and key.archived and key.kid not in judge.history.revoked:
            yield HistoryEntry(
                key.kid, REVOKED, f"Key {short(key.kid)} was found revoked in its row: {key.reason}."
            )
    if not mute and is_new_to(judge.ring):
        yield HistoryEntry("", VOUCHED, SENTENCE.format(key_id=newest_key().id))


def _free_open_slot(plan: Plan, address: Address, rows: Mapping[str, StoredKey]) -> None:
    """Take the slot of the key that signs without an end from every row that is not to have it.

    A row that was tampered with is in no plan, and must not stand in the way of one.
    """
    keep = [rows[key.kid].pk for key in plan.after if key.kid in rows and _open_slot(key)]
    taken = StoredKey.objects.using(address.alias).filter(ring_id=address.ring, open_slot__isnull=False)
    taken.exclude(pk__in=keep).update(open_slot=None)


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
