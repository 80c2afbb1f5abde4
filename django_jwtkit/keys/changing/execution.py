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
from typing import Final

from django_jwtkit.conf import conf
from django_jwtkit.db import durable, pauses, read_clock
from django_jwtkit.errors import RingBusy, SealingKeyLost
from django_jwtkit.jose import Key
from django_jwtkit.keys import planning
from django_jwtkit.keys.planning import Plan
from django_jwtkit.keys.sealing import is_new_to, note_checks
from django_jwtkit.keys.snapshot import look_again
from django_jwtkit.keys.store import Address, Author, Ring

from .state import Change, RingState, make_plan, read_ring
from .stock import Stock
from .writing import new_row, write

PATIENCE: Final = 60.0  # seconds
ENDS: Final = ("revoked_at", "reason", "private", "archived")  # what may happen to a key that can't be judged
OLDEST: Final = timedelta(seconds=1)
"""How old a plan may be when it is written: it takes milliseconds, and half of CLOCK_SKEW does no harm."""


class _Aged(Exception):
    """The plan was too old when it came to be written; nothing was."""


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
        state, plan = _planned(address, change, now, kids, check, force=force)
        if stock.lay_in(plan, state.situation.policy) and now is None:  # that has taken its time
            state, plan = _planned(address, change, now, kids, check, force=force)
        if beaten is not None and beaten[0] != frozenset(state.keys):
            return beaten[1]  # another process has done what was due
        if not (plan or _is_to_be_vouched_for(state)):
            return plan
        try:
            done = _carried_out(plan, state, stock, author, oldest if now is None else None)
        except _Aged:
            continue
        if not done.lost:
            return done
        beaten = frozenset(state.keys), done  # maybe by a resealing, which changes the ring and no key's life
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
) -> tuple[RingState, Plan]:
    """Return the ring as it is now, and the plan for it."""
    state = read_ring(address, now, kids, force=force)
    plan = make_plan(state, change)
    _refuse_unjudged(plan)
    if check is not None:
        check(plan)
    return state, plan


def _is_to_be_vouched_for(state: RingState) -> bool:
    """Whether a new sealing key has yet to vouch for the ring, though nothing else is due."""
    return bool(state.keys) and not state.judge.fault.fault and is_new_to(state.judge.ring)


def _refuse_unjudged(plan: Plan) -> None:
    """Raise `SealingKeyLost` for a plan that would vouch for what nobody here can judge."""
    for old, key in plan.changes():
        if old is not None and not key.judged:
            ended = replace(old, **{name: getattr(key, name) for name in ENDS})
            if ended != key:
                raise SealingKeyLost(key.fault)


def _carried_out(
    plan: Plan, state: RingState, stock: Stock, author: Author, oldest: timedelta | None
) -> Plan:
    """Write `plan`, or raise `_Aged` where it is `oldest` by then."""
    db, ring, at = state.address.alias, plan.ring, state.situation
    plan, secrets = stock.equip(plan, state.situation.policy)
    made = {name: new_row(ring, key) for name, key in secrets.items()}
    if not at.cannot_vouch:
        note_checks(db)
    with durable(db, "Changing a ring"):
        swap = Ring.objects.using(db).filter(name=ring, generation=state.generation or uuid.UUID(int=0))
        # An algorithm whose first key could not be made is adopted another time.
        algorithm = state.judge.ring.algorithm if at.blocked_by else at.policy.algorithm
        won = swap.update(generation=uuid.uuid4(), **({} if at.blocked_by else {"algorithm": algorithm}))
        if won:
            write(plan, state.judge, state.rows, made, author, algorithm=algorithm, mute=at.cannot_vouch)
            if oldest is not None and abs(read_clock(db) - plan.now) > oldest:
                raise _Aged
    # Right here and not in on_commit, which never fires inside a TestCase.
    look_again(state.address)
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
