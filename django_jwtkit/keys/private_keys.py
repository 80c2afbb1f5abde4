"""The private key that signs now, and the longest lifetime that it may sign for."""

import uuid
from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from django.db.models import Q

from django_jwtkit import db
from django_jwtkit.conf import Settings, conf
from django_jwtkit.db import asks_database, durable, pauses
from django_jwtkit.errors import (
    InsideTransaction,
    KeyringStale,
    KeyUnusableError,
    LifetimeRefused,
    NoUsableKey,
)
from django_jwtkit.jose import Key
from django_jwtkit.wording import KeyName, Message

from .planning import State, signer
from .sealing import judge_at, sign_row, vouch, vouched_for
from .snapshots import Entry, Snapshot, get_snapshot, note_change, renew, take_snapshot
from .store import REQUESTED, Address, Author, HistoryEntry, Ring, Store, StoredKey, current_store, note

PATIENCE: Final = 5.0  # seconds that a request may wait for


@asks_database("keys.signing_key")
def signing_key(
    ring: str,
    *,
    now: datetime,
    lifetime: timedelta,
    store: Store | None = None,
    settings: Settings | None = None,
) -> Key:
    """Return the private key of `ring` in `store`, by default the current one, that signs at `now`.

    The token lives for `lifetime` at most. Raises `KeyringStale`, `ScopeUnknown`, `NoUsableKey`,
    `SealingKeyLost`; and `LifetimeRefused` inside a transaction, for a longer token than the key may sign.
    """
    settings = settings or conf()
    entry = _find_signer((store or current_store(settings)).ring(ring), lifetime, now, settings)
    try:
        return entry.private()
    except KeyUnusableError as error:
        raise NoUsableKey(f"{error} Run manage.py rotate_keys --ring {ring} --now --force") from error


def _find_signer(address: Address, lifetime: timedelta, now: datetime, settings: Settings) -> Entry:
    """Return the key whose turn it is to sign, once it may sign tokens of `lifetime`."""
    ring = address.ring
    for _ in pauses(PATIENCE):
        entry = _signer(_recent_snapshot(address, settings), now, settings)
        entry = entry or _signer(take_snapshot(ring, address.store), now, settings)
        if entry is None:
            raise NoUsableKey(f"Ring {ring!r} has no key that signs: run manage.py rotate_keys --ring {ring}")
        if entry.life.max_lifetime >= lifetime:
            return entry
        _raise_max_lifetime(address, entry.row.kid, lifetime, now)
    raise NoUsableKey(
        f"Ring {ring!r} was changed by others for {PATIENCE:.0f} seconds, each time before its key could be "
        f"allowed to sign for {lifetime}. {_remedy(ring)}"
    )


def _recent_snapshot(address: Address, settings: Settings) -> Snapshot:
    """Return a snapshot young enough to sign with: a key that was rotated away must not go on signing."""
    snapshot, requested_at = get_snapshot(address.ring, settings, address.store), db.steady()
    if requested_at - snapshot.looked_at <= settings.seconds.signing:
        return snapshot
    snapshot = renew(snapshot)
    if snapshot.looked_at < requested_at and snapshot.age() > settings.SIGNING_MAX_AGE:
        raise KeyringStale(
            f"Ring {address.ring!r} was last read {snapshot.age()} ago, too long to sign with it: "
            "the database is away."
        )
    return snapshot


def _signer(snapshot: Snapshot, now: datetime, settings: Settings) -> Entry | None:
    """Return the key whose turn it is to sign at `now`, as `planning.signer` chooses it from all keys."""
    opening = []
    for entry in _last_in_line(snapshot, now, settings):
        if entry.life.state(now) is State.ACTIVE:
            return entry  # of those that are active the one whose turn has begun last
        opening.append(entry)
    lives = [entry.life for entry in opening]
    life = signer(lives, now, skew=settings.CLOCK_SKEW)
    return None if life is None else opening[lives.index(life)]


def _last_in_line(snapshot: Snapshot, now: datetime, settings: Settings) -> Iterator[Entry]:
    """Yield the keys whose turn has begun, or is about to, from the latest back to the first key of all.

    That one signs where no turn has begun yet.
    """
    # Not all of them: where a ring had 10,000 old keys, a look at each took 16 ms a token.
    soon = now.timestamp() + settings.seconds.clocks
    for place in reversed(range(bisect_right(snapshot.line, soon, key=_turn_begins))):
        entry = snapshot.line[place]
        if entry.row.kid not in settings.denied:
            yield entry


_turn_begins: Final = attrgetter("turn.begins")


def _raise_max_lifetime(address: Address, kid: str, lifetime: timedelta, now: datetime) -> None:
    """Let key `kid` sign tokens of `lifetime`, before the first of them is issued.

    Where another process was faster, or the key no longer signs, nothing is done: the caller tries again.
    Raises `LifetimeRefused` inside a transaction, which might be rolled back after the token is issued.
    """
    db, ring, judge = address.alias, address.ring, judge_at(address)
    signing = Q(sign_until=None) | Q(sign_until__gt=now)
    rows = StoredKey.objects.using(db).filter(signing, kid=kid, max_lifetime__lt=lifetime, revoked_at=None)
    row = rows.filter(ring_id=ring).first()
    if row is None or judge.judge(row).fault:
        note_change(address)
        return
    row.max_lifetime = lifetime
    mac = sign_row(row, address)
    vouched = vouch(judge.ring, address, {**vouched_for(judge.ring), kid: mac})
    try:
        with durable(db, "Raising the longest lifetime of a key"):
            swap = Ring.objects.using(db).filter(name=ring, generation=judge.ring.generation)
            if swap.update(generation=uuid.uuid4(), **vouched):
                rows.filter(pk=row.pk).update(max_lifetime=lifetime, mac=mac)
                message = Message(REQUESTED, {"key": KeyName(kid), "lifetime": lifetime})
                serial = judge.ring.serial + 1
                note(db, ring, [HistoryEntry(kid, "raised", message)], Author(), now, serial=serial)
    except InsideTransaction as error:
        raise LifetimeRefused(
            f"A token of {lifetime} lives longer than key {kid} may sign for, which can't be raised inside a "
            f"transaction. {_remedy(ring)}"
        ) from error
    note_change(address)


def _remedy(ring: str) -> str:
    return f"Set JWTKIT['KEY_RINGS'][{ring!r}]['MAX_LIFETIME'] and run manage.py rotate_keys"
