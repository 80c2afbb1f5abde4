"""How a plan becomes rows: make the missing keys, then write all of it in one durable transaction.

The transaction's first statement swaps the ring's generation, so of many processes with the same plan one
wins and the others do nothing. (`select_for_update` on the latest key and check-then-create both make too
many keys.)

A plan does not age. After a wait for a lock, through a failover or on a suspended machine, an old plan would
retire a key in the past, and the tokens issued since would be refused. So the transaction's last statement
reads the database's clock again; an old plan is rolled back and made anew.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Final

from django_jwtkit.conf import conf
from django_jwtkit.db import durable, pauses, read_clock
from django_jwtkit.errors import RingBusy, SealingKeyLost
from django_jwtkit.keys import planning
from django_jwtkit.keys.planning import Plan
from django_jwtkit.keys.sealing import is_new_to, note_checks
from django_jwtkit.keys.snapshots import note_change
from django_jwtkit.keys.store import Address, Author, Ring
from django_jwtkit.wording import message as _

from .new_keys import NewKeys
from .reading import RingState, make_plan, read_ring
from .request import Request
from .writing import new_row, write

PATIENCE: Final = 60.0  # seconds
ENDING: Final = ("revoked_at", "reason", "private", "archived")
"""What a plan may change of a key that can't be judged: each ends trust."""
MAX_AGE: Final = timedelta(seconds=1)
"""How old a plan may be when it is written: writing takes milliseconds, half of CLOCK_SKEW does no harm."""


class _PlanTooOldError(Exception):
    """The plan was too old when it came to be written; nothing was."""


def carry_out(request: Request) -> Plan:
    """Make the plan and write it, unless another process is faster: then `Plan.lost` is set.

    Raises `RingBusy` where each plan is too old before it can be written.
    """
    if not request.kids:
        planning.policy(request.address.ring)  # an unknown ring must not get a row
    _ensure_row(request.address)
    new_keys, lost = NewKeys(request.supplied), None
    for max_age, _pause in zip(_max_ages(request), pauses(PATIENCE), strict=False):
        state, plan = _prepare(request, new_keys)
        if lost is not None and set(lost.before) != set(state.keys):
            return lost  # another process has done what was due
        if not (plan or _needs_vouching(state)):
            return plan
        try:
            done = _write_once(plan, state, new_keys, request.author, max_age)
        except _PlanTooOldError:
            continue
        if not done.lost:
            return done
        lost = done  # perhaps to a resealing, which changes the ring but no key's life
    if lost is not None:
        return lost
    raise RingBusy(
        _(
            "Ring {ring} could not be changed within {limit} seconds: each time its row was locked, or the "
            "database slow, for so long that the plan was out of date. Nothing was changed.",
            ring=request.address.ring,
            limit=int(PATIENCE),
        )
    )


def insist(ring: str, attempt: Callable[[], Plan]) -> Plan:
    """Plan again and carry out until it wins: what an operator asks for gives way to nothing.

    Each loss is another process's win, so it ends, and it waits a little longer each time. Raises `RingBusy`
    where it does not end: behind a proxy, say, that sends reads to a replica that lags behind.
    """
    for _pause in pauses(PATIENCE):
        plan = attempt()
        if not plan.lost:
            return plan
    raise RingBusy(
        _(
            "Ring {ring} could not be changed within {limit} seconds: each time another process changed it "
            "first. Nothing was changed here. If this host reads from a replica that lags behind, try again "
            "on a host that reads from the database that it writes to.",
            ring=ring,
            limit=int(PATIENCE),
        )
    )


def _max_ages(request: Request) -> Iterator[timedelta | None]:
    """Yield how old each plan may be, None for any age: no plan ages whose time was passed in.

    On a slow database later plans may be older, while that is harmless.
    """
    for power in count():
        longest = min(MAX_AGE * 2 ** min(power, 10), conf().CLOCK_SKEW / 2)
        yield max(MAX_AGE, longest) if request.now is None else None


def _prepare(request: Request, new_keys: NewKeys) -> tuple[RingState, Plan]:
    """Return the ring as it is once the new keys are made, which is slow, and the plan for it."""
    state, plan = _read_and_plan(request)
    if new_keys.make_missing(plan, state.situation.policy) and request.now is None:
        return _read_and_plan(request)
    return state, plan


def _read_and_plan(request: Request) -> tuple[RingState, Plan]:
    """Return the ring as it is now, and the plan for it."""
    state = read_ring(request.address, request.now, request.kids, force=request.force)
    plan = make_plan(state, request.change)
    _refuse_unjudged(plan)
    if request.check is not None:
        request.check(plan)
    return state, plan


def _needs_vouching(state: RingState) -> bool:
    """Return whether a new sealing key has yet to vouch for the ring, even if nothing else is due."""
    return bool(state.keys) and not state.judge.fault.fault and is_new_to(state.judge.ring)


def _refuse_unjudged(plan: Plan) -> None:
    """Raise `SealingKeyLost` for a plan that would vouch for a row that can't be judged here."""
    for old, key in plan.changes():
        if old is not None and not key.judged:
            ended = replace(old, **{name: getattr(key, name) for name in ENDING})
            if ended != key:
                raise SealingKeyLost(key.fault)


def _write_once(
    plan: Plan, state: RingState, new_keys: NewKeys, author: Author, max_age: timedelta | None
) -> Plan:
    """Write `plan` if the ring is still as it was read. Raises `_PlanTooOldError` after `max_age`."""
    db, ring, at = state.address.alias, plan.ring, state.situation
    plan, secrets = new_keys.fill_in(plan, state.situation.policy)
    new_rows = {kid: new_row(ring, key) for kid, key in secrets.items()}
    if not at.cannot_vouch:
        note_checks(db)
    with durable(db, "Changing a ring"):
        swap = Ring.objects.using(db).filter(name=ring, generation=state.generation or uuid.UUID(int=0))
        # An algorithm whose first key could not be made is adopted another time.
        algorithm = state.judge.ring.algorithm if at.blocked_by else at.policy.algorithm
        won = swap.update(generation=uuid.uuid4(), **({} if at.blocked_by else {"algorithm": algorithm}))
        if won:
            write(plan, state, new_rows, author, algorithm=algorithm)
            if max_age is not None and abs(read_clock(db) - plan.now) > max_age:
                raise _PlanTooOldError
    # Right here and not in on_commit, which never fires inside a TestCase.
    note_change(state.address)
    return plan if won else replace(plan, lost=True)


def _ensure_row(address: Address) -> None:
    """See that the ring has a row whose generation can be swapped.

    It is read outside the transaction. On SQLite a transaction that begins with a read cannot wait for the
    write lock; it fails with "database is locked".
    """
    db, ring = address.alias, address.ring
    is_missing = not Ring.objects.using(db).filter(name=ring).exists()
    with durable(db, "Changing a ring"):
        if is_missing:
            Ring.objects.using(db).bulk_create([Ring(name=ring)], ignore_conflicts=True)
