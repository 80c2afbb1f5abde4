"""How a plan becomes rows: make what is missing, then write it all in one durable transaction.

The transaction's first statement swaps the ring's generation, so of many processes with the same plan one
wins and the others do nothing. (`select_for_update` on the latest key and check-then-create both make too
many keys.)

A plan does not age. Behind another's lock, through a failover or in a machine that sleeps it would retire a
key in the past, whose tokens of meanwhile are then refused. So the transaction's last statement reads the
database's clock again, and an old plan is undone and made anew.
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Final, NamedTuple

from django.db.models import Q

from django_jwtkit.conf import conf
from django_jwtkit.db import durable, pauses, read_clock
from django_jwtkit.errors import RingBusy, ScopeMismatch, SealingKeyLost
from django_jwtkit.jose import Key
from django_jwtkit.jose.jwa import FITS
from django_jwtkit.moments import aware

from . import planning
from .history import Author
from .locating import Address
from .models import Ring, StoredKey
from .planning import Keys, Plan, Policy, Situation
from .sealing import TRUSTED, Judge, Verdict, check_newest, is_new_to, judge_at, note_checks, sealing_keys
from .snapshot import fault_of_judged, look_again, raise_alarm
from .stock import Stock
from .writing import new_row, write

PATIENCE: Final = 60.0  # seconds
TRIES: Final = 5  # at reading a ring that is being changed
ENDS: Final = ("revoked_at", "reason", "private", "archived")  # what may happen to a key that can't be judged
OLDEST: Final = timedelta(seconds=1)
"""How old a plan may be when it is written: it takes milliseconds, and half of CLOCK_SKEW does no harm."""

Change = Callable[[Keys, Situation], Keys]


FORCE: Final = "manage.py rotate_keys --ring {} --now --force"


class _Aged(Exception):
    """The plan was too old when it came to be written; nothing was."""


class Seen(NamedTuple):
    """A ring as it was read: the plan is good while its generation still is this one."""

    judge: Judge
    generation: uuid.UUID | None
    rows: Mapping[str, StoredKey]
    keys: Keys
    situation: Situation

    @property
    def address(self) -> Address:
        return self.judge.address


def look(address: Address, now: datetime | None, kids: Collection[str] = (), *, force: bool = False) -> Seen:
    """The ring as it is: the generation first, so that what is read after it can only be newer.

    The time is the database's, asked before all else, unless `now` is passed in.

    With `kids` for their revocation: a ring that has left the settings, or a sealing key that is lost, are
    no reason to go on trusting them. Else raises `UnknownRing`, `SealingKeyLost`; and, without `force`,
    `ScopeMismatch` for a ring of another scope, which would be lost to that.
    """
    db, ring = address.alias, address.ring
    now = read_clock(db) if now is None else aware(now)
    judge, rows, verdicts = _judged(address, kids)
    foreign = judge.fault.tampered if judge.foreign and not force else ""
    if foreign and not kids:
        raise ScopeMismatch(f"Ring {ring} is left as it is. {foreign} Or replace it: {FORCE.format(ring)}")
    stored = None if judge.is_new else judge.ring
    asked = planning.last_policy(ring, stored.algorithm) if kids and stored else planning.policy(ring)
    muteness = (foreign or _muteness(db)) if kids else ""
    hindrance = _hindrance(asked, muteness) if kids else ""
    if not kids:
        sealing_keys()
    keys = _as_planned(rows.values(), verdicts, now, address, kids)
    known = stored.algorithm if stored and not hindrance else ""
    changed = known not in {"", asked.algorithm}
    generation = None if stored is None else stored.generation
    at = Situation(asked, now, changed, conf().denied, hindrance, mute=bool(muteness))
    return Seen(judge, generation, rows, keys, at)


def _hindrance(asked: Policy, muteness: str) -> str:
    """Why no key can be made here, and how to mend it; empty where one can."""
    mend = f"When that is mended: manage.py rotate_keys --ring {asked.ring}"
    if muteness:
        return f"{muteness} {mend}"
    fits = asked.algorithm in FITS and FITS[asked.algorithm].use == asked.use
    return "" if fits else f"{asked.algorithm!r} is no algorithm for it. {mend}"


def _as_planned(
    rows: Iterable[StoredKey],
    verdicts: Mapping[str, Verdict],
    now: datetime,
    address: Address,
    kids: Collection[str],
) -> Keys:
    """Return the keys that a plan is made from: one that was tampered with only where it is to be revoked."""
    keys = []
    for row in rows:
        verdict = verdicts.get(row.kid, TRUSTED)
        if not verdict.tampered or row.kid in kids:
            fault = fault_of_judged(row, now, address.store, verdict)
            key = row.planned(fault=fault)
            keys.append(replace(key, judged=not verdict.unjudged, tampered=bool(verdict.tampered)))
    return tuple(keys)


def _judged(
    address: Address, kids: Collection[str]
) -> tuple[Judge, Mapping[str, StoredKey], Mapping[str, Verdict]]:
    """Return the rows of a ring, and what is said of each; read again where the ring changes meanwhile."""
    chosen = Q(archived=False) | Q(kid__in=kids)
    for tries_left in reversed(range(TRIES)):
        judge = judge_at(address)
        alive = StoredKey.objects.using(address.alias).filter(chosen, ring_id=address.ring)
        rows = {row.kid: row for row in alive}
        verdicts = {row.kid: judge.judge(row) for row in rows.values() if row.revoked_at is None}
        faults = {kid: verdict.tampered for kid, verdict in verdicts.items() if verdict.tampered}
        rings = Ring.objects.using(address.alias).filter(pk=address.ring, generation=judge.ring.generation)
        is_still = not faults or rings.exists()
        if is_still or not tries_left:
            break
    if is_still and not judge.foreign:
        for kid, reason in faults.items():
            raise_alarm(address, kid, reason)
    return judge, rows, verdicts


def _muteness(db: str) -> str:
    """Return why nothing can be sealed or vouched for here; empty where it can."""
    try:
        check_newest(db)
    except SealingKeyLost as error:
        return error.fact
    return ""


def plan_of(seen: Seen, change: Change) -> Plan:
    at = seen.situation
    after = change(seen.keys, at)
    was, signs = planning.signer(seen.keys, at.now), planning.signer(after, at.now)
    taken_over = was is not None and signs is not None and signs.kid != was.kid
    lacks = at.mute or signs is None or planning.next_key(after, at.now) is None
    return Plan(
        ring=at.policy.ring,
        now=at.now,
        before=seen.keys,
        after=after,
        adopts=at.policy.algorithm if at.algorithm_changed else "",
        safe_from=signs.published_at + at.policy.spread if signs and taken_over else None,
        hindrance=at.hindrance if lacks and not at.policy.abandoned else "",
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
    force: bool = False,
) -> Plan:
    """Make a plan by `change` and write it, unless another process is quicker: `Plan.lost` tells.

    `kids` are those that it revokes, `given` the keys that are not to be made but taken in; `check` may
    raise before anything is done. Raises `RingBusy` where every plan is old before it can be written.
    """
    if not kids:
        planning.policy(address.ring)  # an unknown ring shall leave no row
    _open(address)
    stock, beaten = Stock(given or {}), None
    for oldest, _ in zip(_limits(), pauses(PATIENCE), strict=False):
        seen, plan = _planned(address, change, now, kids, check, force=force)
        if stock.lay_in(plan, seen.situation.policy) and now is None:  # that has taken its time
            seen, plan = _planned(address, change, now, kids, check, force=force)
        if beaten is not None and beaten[0] != frozenset(seen.keys):
            return beaten[1]  # another process has done what was due
        if not (plan or _is_to_be_vouched_for(seen)):
            return plan
        try:
            done = _carried_out(plan, seen, stock, author, oldest if now is None else None)
        except _Aged:
            continue
        if not done.lost:
            return done
        beaten = frozenset(seen.keys), done  # maybe by a resealing, which changes the ring and no key's life
    if beaten is not None:
        return beaten[1]
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
    *,
    force: bool,
) -> tuple[Seen, Plan]:
    seen = look(address, now, kids, force=force)
    plan = plan_of(seen, change)
    _refuse_unjudged(plan)
    if check is not None:
        check(plan)
    return seen, plan


def _is_to_be_vouched_for(seen: Seen) -> bool:
    """Whether a new sealing key has yet to vouch for the ring, though nothing else is due."""
    return bool(seen.keys) and not seen.judge.fault.fault and is_new_to(seen.judge.ring)


def _refuse_unjudged(plan: Plan) -> None:
    """Raise `SealingKeyLost` for a plan that would vouch for what nobody here can judge."""
    for old, key in plan.changes():
        if old is not None and not key.judged:
            ended = replace(old, **{name: getattr(key, name) for name in ENDS})
            if ended != key:
                raise SealingKeyLost(key.fault)


def _carried_out(plan: Plan, seen: Seen, stock: Stock, author: Author, oldest: timedelta | None) -> Plan:
    """Write `plan`, or raise `_Aged` where it is `oldest` by then."""
    db, ring, at = seen.address.alias, plan.ring, seen.situation
    plan, secrets = stock.equip(plan, seen.situation.policy)
    made = {name: new_row(ring, key) for name, key in secrets.items()}
    if not at.mute:
        note_checks(db)
    with durable(db, "Changing a ring"):
        swap = Ring.objects.using(db).filter(name=ring, generation=seen.generation or uuid.UUID(int=0))
        # An algorithm whose first key could not be made is adopted another time.
        algorithm = seen.judge.ring.algorithm if at.hindrance else at.policy.algorithm
        won = swap.update(generation=uuid.uuid4(), **({} if at.hindrance else {"algorithm": algorithm}))
        if won:
            write(plan, seen.judge, seen.rows, made, author, algorithm=algorithm, mute=at.mute)
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
