"""Reading a ring for a plan, and the plan that a change makes of it. Nothing is written here."""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import Q

from django_jwtkit.conf import conf
from django_jwtkit.db import read_clock
from django_jwtkit.errors import ScopeMismatch, SealingKeyLost
from django_jwtkit.jose.jwa import FITS
from django_jwtkit.keys import planning
from django_jwtkit.keys.planning import Keys, Plan, Policy, Situation
from django_jwtkit.keys.sealing import TRUSTED, Judge, Verdict, check_newest, judge_at, sealing_keys
from django_jwtkit.keys.snapshot import fault_of_judged, raise_alarm
from django_jwtkit.keys.store import Address, Ring, StoredKey
from django_jwtkit.moments import aware

FORCE: Final = "manage.py rotate_keys --ring {} --now --force"
TRIES: Final = 5  # at reading a ring that is being changed

Change = Callable[[Keys, Situation], Keys]


class RingState(NamedTuple):
    """A ring as it was read: the plan is good while its generation still is this one."""

    judge: Judge
    generation: uuid.UUID | None
    rows: Mapping[str, StoredKey]
    keys: Keys
    situation: Situation

    @property
    def address(self) -> Address:
        return self.judge.address


def read_ring(
    address: Address, now: datetime | None, kids: Collection[str] = (), *, force: bool = False
) -> RingState:
    """Return the ring as it is: the generation first, so that what is read after it can only be newer.

    The time is the database's, asked before all else, unless `now` is passed in.

    With `kids` for their revocation: a ring that has left the settings, or a sealing key that is lost, are
    no reason to go on trusting them. Else raises `UnknownRing`, `SealingKeyLost`; and, without `force`,
    `ScopeMismatch` for a ring of another scope, which would be lost to that.
    """
    db, ring = address.alias, address.ring
    now = read_clock(db) if now is None else aware(now)
    judge, rows, verdicts = _judge_rows(address, kids)
    foreign = judge.fault.tampered if judge.foreign and not force else ""
    if foreign and not kids:
        raise ScopeMismatch(f"Ring {ring} is left as it is. {foreign} Or replace it: {FORCE.format(ring)}")
    stored = None if judge.is_new else judge.ring
    policy = planning.last_policy(ring, stored.algorithm) if kids and stored else planning.policy(ring)
    muteness = (foreign or _muteness(db)) if kids else ""
    blocked_by = _obstacle(policy, muteness) if kids else ""
    if not kids:
        sealing_keys()
    keys = _as_planned(rows.values(), verdicts, now, address, kids)
    known = stored.algorithm if stored and not blocked_by else ""
    changed = known not in {"", policy.algorithm}
    generation = None if stored is None else stored.generation
    at = Situation(policy, now, changed, conf().denied, blocked_by, cannot_vouch=bool(muteness))
    return RingState(judge, generation, rows, keys, at)


def _obstacle(policy: Policy, muteness: str) -> str:
    """Return why no key can be made here, and how to fix it; empty where one can."""
    remedy = f"When that is mended: manage.py rotate_keys --ring {policy.ring}"
    if muteness:
        return f"{muteness} {remedy}"
    fits = policy.algorithm in FITS and FITS[policy.algorithm].use == policy.use
    return "" if fits else f"{policy.algorithm!r} is no algorithm for it. {remedy}"


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


def _judge_rows(
    address: Address, kids: Collection[str]
) -> tuple[Judge, Mapping[str, StoredKey], Mapping[str, Verdict]]:
    """Return the rows of a ring, and what is said of each; read again where the ring changes meanwhile."""
    chosen = Q(archived=False) | Q(kid__in=kids)
    for tries_left in reversed(range(TRIES)):
        judge = judge_at(address)
        alive = StoredKey.objects.using(address.alias).filter(chosen, ring_id=address.ring).order_by("pk")
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


def make_plan(state: RingState, change: Change) -> Plan:
    """Return the plan that `change` makes of the ring as it was read."""
    at = state.situation
    after = change(state.keys, at)
    was, signs = planning.signer(state.keys, at.now), planning.signer(after, at.now)
    taken_over = was is not None and signs is not None and signs.kid != was.kid
    lacks = at.cannot_vouch or signs is None or planning.next_key(after, at.now) is None
    return Plan(
        ring=at.policy.ring,
        now=at.now,
        before=state.keys,
        after=after,
        adopts=at.policy.algorithm if at.algorithm_changed else "",
        safe_from=signs.published_at + at.policy.spread if signs and taken_over else None,
        blocked_by=at.blocked_by if lacks and not at.policy.abandoned else "",
    )
