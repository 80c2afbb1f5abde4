"""How a plan becomes rows: make what is missing, then write it all in one durable transaction.

The transaction's first statement swaps the ring's generation, so of many processes with the same plan one
wins and the others do nothing. (`select_for_update` on the latest key and check-then-create both make too
many keys.)
"""

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import Q

from django_jwtkit.conf import conf
from django_jwtkit.db import durable, pauses
from django_jwtkit.errors import KeyUnusableError, RingBusy, SealingKeyLost
from django_jwtkit.jose import Key
from django_jwtkit.jose.encoding import dumps
from django_jwtkit.jose.jwa import FITS
from django_jwtkit.jose.jwa.content_encryption import ENCRYPTIONS

from . import planning
from .history import Author, Deed, note
from .locating import Address
from .models import Ring, StoredKey
from .planning import Keys, Plan, Planned, Policy, Situation
from .sealing import check_newest, note_checks, seal, sealing_keys
from .snapshot import fault_of, look_again

PATIENCE: Final = 60.0  # seconds

Change = Callable[[Keys, Situation], Keys]


class Seen(NamedTuple):
    """A ring as it was read: the plan is good while its generation still is this one."""

    address: Address
    generation: uuid.UUID | None
    rows: Mapping[str, StoredKey]
    keys: Keys
    situation: Situation


def look(address: Address, now: datetime, kids: Collection[str] = ()) -> Seen:
    """The ring as it is: the generation first, so that what is read after it can only be newer.

    With `kids` for their revocation: a ring that has left the settings, or a sealing key that is lost, are
    no reason to go on trusting them. Else raises `UnknownRing`, `SealingKeyLost`.
    """
    db, ring = address.alias, address.ring
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
    now: datetime,
    author: Author,
    *,
    kids: Collection[str] = (),
    given: Mapping[str, Key] | None = None,
    check: Callable[[Plan], None] | None = None,
) -> Plan:
    """Make a plan by `change` and write it, unless another process is quicker: `Plan.lost` tells.

    `kids` are those that it revokes, `given` the keys that are not to be made but taken in; `check` may
    raise before anything is done.
    """
    if not kids:
        planning.policy(address.ring)  # an unknown ring shall leave no row
    _open(address)
    seen = look(address, now, kids)
    plan = plan_of(seen, change)
    if check is not None:
        check(plan)
    return _carried_out(plan, seen, given or {}, author) if plan else plan


def _carried_out(plan: Plan, seen: Seen, given: Mapping[str, Key], author: Author) -> Plan:
    db, ring = seen.address.alias, plan.ring
    plan, secrets = _equip(plan, seen, given)
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


def _equip(plan: Plan, seen: Seen, given: Mapping[str, Key]) -> tuple[Plan, Mapping[str, Key]]:
    """Make the keys that the plan lacks (slow, so outside any transaction) and write their kids into it."""
    secrets: dict[str, Key] = {}
    after = []
    for key in plan.after:
        if key.kid in seen.rows:
            after.append(key)
            continue
        made = given[key.kid] if key.kid else _generated(key.algorithm)
        if made.use != seen.situation.policy.use:
            raise KeyUnusableError(f"A key of algorithm {made.alg} does not fit ring {plan.ring}.")
        kid = made.kid or ""
        secrets[kid] = made
        after.append(replace(key, kid=kid))
    return replace(plan, after=tuple(after)), secrets


def _generated(algorithm: str) -> Key:
    """A new key whose kid can be typed behind a command: one with a "-" in front would be an option."""
    key = Key.generate(algorithm, size=_size(algorithm))
    return _generated(algorithm) if (key.kid or "").startswith("-") else key


def _size(algorithm: str) -> int | None:
    """A key that is itself the CEK (`dir`) is as long as the content encryption wants it (RFC 7518 §4.5)."""
    return ENCRYPTIONS[conf().CONTENT_ENCRYPTION].key_size if algorithm == "dir" else None


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
