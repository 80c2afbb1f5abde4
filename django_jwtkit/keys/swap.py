"""How a plan becomes rows: make what is missing, then write it all in one durable transaction.

The transaction's first statement swaps the ring's generation, so of many processes with the same plan one
wins and the others do nothing. (`select_for_update` on the latest key and check-then-create both make too
many keys.)

A plan does not age. Behind another's lock, through a failover or in a machine that sleeps it would retire a
key in the past, whose tokens of meanwhile are then refused. So the transaction's last statement reads the
database's clock again, and an old plan is undone and made anew.
"""

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Final, NamedTuple

from django.db.models import Q

from django_jwtkit.conf import conf
from django_jwtkit.db import durable, pauses, read_clock
from django_jwtkit.errors import RingBusy, SealingKeyLost
from django_jwtkit.jose import Key
from django_jwtkit.jose.encoding import dumps
from django_jwtkit.jose.jwa import FITS
from django_jwtkit.moments import aware

from . import planning
from .history import Author, Deed, note
from .locating import Address
from .models import Ring, StoredKey
from .planning import Keys, Plan, Planned, Policy, Situation
from .sealing import check_newest, note_checks, seal, sealing_keys
from .snapshot import fault_of, look_again
from .stock import Stock

PATIENCE: Final = 60.0  # seconds
OLDEST: Final = timedelta(seconds=1)
"""How old a plan may be when it is written: it takes milliseconds, and half of CLOCK_SKEW does no harm."""

Change = Callable[[Keys, Situation], Keys]


class _Aged(Exception):
    """The plan was too old when it came to be written; nothing was."""


class Seen(NamedTuple):
    """A ring as it was read: the plan is good while its generation still is this one."""

    address: Address
    generation: uuid.UUID | None
    rows: Mapping[str, StoredKey]
    keys: Keys
    situation: Situation


def look(address: Address, now: datetime | None, kids: Collection[str] = ()) -> Seen:
    """The ring as it is: the generation first, so that what is read after it can only be newer.

    The time is the database's, asked before all else, unless `now` is passed in.

    With `kids` for their revocation: a ring that has left the settings, or a sealing key that is lost, are
    no reason to go on trusting them. Else raises `UnknownRing`, `SealingKeyLost`.
    """
    db, ring = address.alias, address.ring
    now = read_clock(db) if now is None else aware(now)
    stored = Ring.objects.using(db).filter(name=ring).first()
    asked = planning.last_policy(ring, stored.algorithm) if kids and stored else planning.policy(ring)
    hindrance = _hindrance(asked, db) if kids else ""
    if not kids:
        sealing_keys()
    alive = StoredKey.objects.using(db).filter(Q(archived=False) | Q(kid__in=kids), ring_id=ring)
    rows = {row.kid: row for row in alive}
    keys = tuple(row.planned(fault=fault_of(row, now, address.store)) for row in rows.values())
    known = stored.algorithm if stored and not hindrance else ""
    changed = known not in {"", asked.algorithm}
    generation = None if stored is None else stored.generation
    return Seen(address, generation, rows, keys, Situation(asked, now, changed, conf().denied, hindrance))


def _hindrance(asked: Policy, db: str) -> str:
    """Why no key can be made here, and how to mend it; empty where one can."""
    mend = f"When that is mended: manage.py rotate_keys --ring {asked.ring}"
    try:
        check_newest(db)
    except SealingKeyLost as error:
        return f"{error.fact} {mend}"
    fits = asked.algorithm in FITS and FITS[asked.algorithm].use == asked.use
    return "" if fits else f"{asked.algorithm!r} is no algorithm for it. {mend}"


def plan_of(seen: Seen, change: Change) -> Plan:
    at = seen.situation
    after = change(seen.keys, at)
    was, signs = planning.signer(seen.keys, at.now), planning.signer(after, at.now)
    taken_over = was is not None and signs is not None and signs.kid != was.kid
    lacks = not at.policy.abandoned and (signs is None or planning.next_key(after, at.now) is None)
    return Plan(
        ring=at.policy.ring,
        now=at.now,
        before=seen.keys,
        after=after,
        adopts=at.policy.algorithm if at.algorithm_changed else "",
        safe_from=signs.published_at + at.policy.spread if signs and taken_over else None,
        hindrance=at.hindrance if lacks else "",
    )


def carry_out(
    address: Address,
    change: Change,
    now: datetime | None,
    author: Author,
    *,
    kids: Collection[str] = (),
    given: Mapping[str, Key] | None = None,
    check: Callable[[Plan], None] | None = None,
) -> Plan:
    """Make a plan by `change` and write it, unless another process is quicker: `Plan.lost` tells.

    `kids` are those that it revokes, `given` the keys that are not to be made but taken in; `check` may
    raise before anything is done. Raises `RingBusy` where every plan is old before it can be written.
    """
    if not kids:
        planning.policy(address.ring)  # an unknown ring shall leave no row
    _open(address)
    stock = Stock(given or {})
    for oldest, _ in zip(_limits(), pauses(PATIENCE), strict=False):
        seen, plan = _planned(address, change, now, kids, check)
        if stock.lay_in(plan, seen.situation.policy) and now is None:  # that has taken its time
            seen, plan = _planned(address, change, now, kids, check)
        if not plan:
            return plan
        try:
            return _carried_out(plan, seen, stock, author, oldest if now is None else None)
        except _Aged:
            continue
    raise RingBusy(
        f"Ring {address.ring} could not be changed for {PATIENCE:.0f} seconds: each time its row was locked, "
        "or the database too slow, for so long that the plan had become too old. Nothing was done."
    )


def _limits() -> Iterator[timedelta]:
    """How old each plan may be: on a slow database later ones may be older, while that does no harm."""
    for power in count():
        yield max(OLDEST, min(OLDEST * 2 ** min(power, 10), conf().CLOCK_SKEW / 2))


def _planned(
    address: Address,
    change: Change,
    now: datetime | None,
    kids: Collection[str],
    check: Callable[[Plan], None] | None,
) -> tuple[Seen, Plan]:
    seen = look(address, now, kids)
    plan = plan_of(seen, change)
    if check is not None:
        check(plan)
    return seen, plan


def _carried_out(plan: Plan, seen: Seen, stock: Stock, author: Author, oldest: timedelta | None) -> Plan:
    """Write `plan`, or raise `_Aged` where it is `oldest` by then."""
    db, ring = seen.address.alias, plan.ring
    plan, secrets = stock.equip(plan, seen.situation.policy)
    made = {name: _new_row(ring, key) for name, key in secrets.items()}
    if any(row["sealed"] for row in made.values()):
        note_checks(db)
    with durable(db, "Changing a ring"):
        swap = Ring.objects.using(db).filter(name=ring, generation=seen.generation or uuid.UUID(int=0))
        # An algorithm whose first key could not be made is adopted another time.
        adopted = {} if seen.situation.hindrance else {"algorithm": seen.situation.policy.algorithm}
        won = swap.update(generation=uuid.uuid4(), **adopted)
        if won:
            _write(plan, seen, made, author, db)
            if oldest is not None and abs(read_clock(db) - plan.now) > oldest:
                raise _Aged
    # Right here and not in on_commit, which never fires inside a TestCase.
    look_again(seen.address)
    return plan if won else replace(plan, lost=True)


def insist(ring: str, attempt: Callable[[], Plan]) -> Plan:
    """Plan again and carry out until it wins: what was asked for by hand gives way to nobody.

    Each loss is somebody's gain, so it ends, and it waits a little longer each time. Raises `RingBusy` where
    it does not: as behind a proxy that sends reads to a replica which lags behind.
    """
    for _ in pauses(PATIENCE):
        plan = attempt()
        if not plan.lost:
            return plan
    raise RingBusy(
        f"Ring {ring} was changed by others for {PATIENCE:.0f} seconds, each time just before it could be "
        "changed here; nothing was done. If reads come from a replica that lags behind, try again on a host "
        "that reads from the database that it writes to."
    )


def _open(address: Address) -> None:
    """See that the ring has a row whose generation can be swapped.

    It is looked for outside the transaction: SQLite lets nobody wait who reads first and then wants to write.
    """
    db, ring = address.alias, address.ring
    missing = not Ring.objects.using(db).filter(name=ring).exists()
    with durable(db, "Changing a ring"):
        if missing:
            Ring.objects.using(db).bulk_create([Ring(name=ring)], ignore_conflicts=True)


def _write(plan: Plan, seen: Seen, made: Mapping[str, dict[str, str]], author: Author, db: str) -> None:
    """Ends first, openings after them, so that `jwtkit_one_open_key` holds after each statement."""
    for _, key in sorted(plan.changes(), key=lambda change: _open_slot(change[1]) or 0):
        dates = _columns(key)
        if key.kid in made:
            StoredKey(**made[key.kid], **dates).save(using=db, force_insert=True)
        else:
            kept = {} if key.private else {"sealed": ""}
            StoredKey.objects.using(db).filter(pk=seen.rows[key.kid].pk).update(**dates, **kept)
    deeds = (Deed(step.key.kid, step.action, step.sentence()) for step in plan.steps)
    note(db, plan.ring, deeds, author, plan.now)


def _new_row(ring: str, key: Key) -> dict[str, str]:
    public = "" if key.kty == "oct" else dumps(key.public().to_dict()).decode()
    return {
        "ring_id": ring,
        "kid": key.kid or "",
        "alg": key.alg,
        "use": key.use,
        "public_jwk": public,
        "sealed": seal(key, ring) if key.private else "",
    }


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
    return 1 if is_open else None
