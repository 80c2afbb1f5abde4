"""Reading a ring for a plan, and making the plan. Nothing is written here."""

import uuid
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import Q, QuerySet

from django_jwtkit.conf import conf
from django_jwtkit.db import read_clock
from django_jwtkit.errors import JWTKitError, ScopeMismatch, SealingKeyLost
from django_jwtkit.jose import jwa
from django_jwtkit.keys import planning
from django_jwtkit.keys.planning import Keys, Plan, Policy, Situation
from django_jwtkit.keys.sealing import (
    Judge,
    JudgedRows,
    Verdict,
    check_newest,
    judge_all_rows,
    judge_rows,
    sealing_keys,
)
from django_jwtkit.keys.snapshots import assess
from django_jwtkit.keys.store import Address, Store, StoredKey
from django_jwtkit.moments import aware
from django_jwtkit.wording import Command, join
from django_jwtkit.wording import message as _

from .request import Change

FORCE: Final = "manage.py rotate_keys --ring {} --now --force"


class RingState(NamedTuple):
    """A ring as it was read: a plan for it is good while the ring still has this generation."""

    judge: Judge
    generation: uuid.UUID | None
    rows: Mapping[str, StoredKey]
    keys: Keys
    situation: Situation

    @property
    def address(self) -> Address:
        """Where the ring is."""
        return self.judge.address


def read_ring(
    address: Address, now: datetime | None, kids: Collection[str] = (), *, force: bool = False
) -> RingState:
    """Return the ring as it is. The generation is read first, so that all rows can only be newer.

    The time is the database's, read before all else, unless `now` is passed in.

    With `kids` to be revoked, neither a ring that has left the settings nor a lost sealing key is an
    obstacle: that would be no reason to go on trusting them. Otherwise raises `UnknownRing`,
    `SealingKeyLost`, and without `force` also `ScopeMismatch` for a ring of another scope, whose keys would
    be lost to that scope.
    """
    now = read_clock(address.alias) if now is None else aware(now)
    wanted = Q(archived=False) | Q(kid__in=kids)

    def read(address: Address) -> QuerySet[StoredKey]:
        return StoredKey.objects.using(address.alias).filter(wanted, ring_id=address.ring).order_by("pk")

    return _to_state(judge_rows(address, read), now, kids, force=force)


def read_rings(
    store: Store, rings: Collection[str], now: datetime | None
) -> Mapping[str, RingState | JWTKitError]:
    """Return by ring what `read_ring` returns or raises, with five queries for all of them."""
    now = read_clock(store.alias) if now is None else aware(now)
    rows = StoredKey.objects.using(store.alias).filter(archived=False, ring_id__in=rings).order_by("pk")
    judged = judge_all_rows(store, rings, rows.all)
    states: dict[str, RingState | JWTKitError] = {}
    for ring in rings:
        try:
            states[ring] = _to_state(judged[ring], now)
        except JWTKitError as error:
            states[ring] = error
    return states


def _to_state(
    judged: JudgedRows[StoredKey], now: datetime, kids: Collection[str] = (), *, force: bool = False
) -> RingState:
    """Return a ring whose rows were read, and raise alarms. Raises what `read_ring` does."""
    judge = judged.judge
    if not judge.foreign:  # another scope's ring is one fault, told elsewhere
        judged.raise_alarms()
    foreign = judge.fault.tampered if judge.foreign and not force else ""
    if foreign and not kids:
        raise _scope_mismatch(judge.address.ring, foreign)
    situation = _to_situation(judge, now, kids, foreign)
    rows = {row.kid: row for row, _verdict in judged.rows}
    generation = None if judge.is_new else judge.ring.generation
    return RingState(judge, generation, rows, _to_planned(judged.rows, now, judge.address, kids), situation)


def _scope_mismatch(ring: str, foreign: str) -> ScopeMismatch:
    return ScopeMismatch(
        _(
            "Ring {ring} was not changed. {foreign} To replace it instead: {command}",
            ring=ring,
            foreign=foreign,
            command=Command(FORCE.format(ring)),
        )
    )


def _to_situation(judge: Judge, now: datetime, kids: Collection[str], foreign: str) -> Situation:
    """Return what a plan for the ring has to reckon with. Raises `UnknownRing`, `SealingKeyLost`."""
    ring, stored = judge.address.ring, None if judge.is_new else judge.ring
    policy = planning.last_policy(ring, stored.algorithm) if kids and stored else planning.policy(ring)
    if not kids:
        sealing_keys()
    unvouchable = (foreign or _why_nothing_can_be_vouched_for(judge.address.alias)) if kids else ""
    blocked_by = _obstacle(policy, unvouchable) if kids else ""
    last_algorithm = stored.algorithm if stored and not blocked_by else ""
    has_changed = last_algorithm not in {"", policy.algorithm}
    return Situation(policy, now, has_changed, conf().denied, blocked_by, cannot_vouch=bool(unvouchable))


def make_plan(state: RingState, change: Change) -> Plan:
    """Return the plan by which `change` changes the ring as it was read."""
    at = state.situation
    after = change(state.keys, at)
    was, signs = planning.signer(state.keys, at.now), planning.signer(after, at.now)
    is_takeover = was is not None and signs is not None and signs.kid != was.kid
    lacks_key = at.cannot_vouch or signs is None or planning.next_key(after, at.now) is None
    return Plan(
        ring=at.policy.ring,
        now=at.now,
        before=state.keys,
        after=after,
        adopts=at.policy.algorithm if at.algorithm_changed else "",
        safe_from=signs.published_at + at.policy.spread if signs and is_takeover else None,
        blocked_by=at.blocked_by if lacks_key and not at.policy.abandoned else "",
    )


def _obstacle(policy: Policy, unvouchable: str) -> str:
    """Return why no key can be made here, and how to fix it; empty where one can."""
    command = Command(f"manage.py rotate_keys --ring {policy.ring}")
    remedy = _("When that is fixed: {command}", command=command)
    if unvouchable:
        return join(unvouchable, remedy)
    fits = policy.algorithm in jwa.FITS and jwa.FITS[policy.algorithm].use == policy.use
    unfit = _("{algorithm!r} is not an algorithm for this ring.", algorithm=policy.algorithm)
    return "" if fits else join(unfit, remedy)


def _to_planned(
    judged: Iterable[tuple[StoredKey, Verdict]], now: datetime, address: Address, kids: Collection[str]
) -> Keys:
    """Return the keys that a plan is made from: of tampered ones only those that are to be revoked."""
    return tuple(
        assess(row, verdict, now, address.store)
        for row, verdict in judged
        if not verdict.tampered or row.kid in kids
    )


def _why_nothing_can_be_vouched_for(db: str) -> str:
    """Return why nothing can be sealed or vouched for here; empty where it can."""
    try:
        check_newest(db)
    except SealingKeyLost as error:
        return error.fact
    return ""
