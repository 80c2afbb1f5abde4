"""How a plan becomes rows: make what is missing, then write it all in one durable transaction.

The transaction's first statement swaps the ring's generation, so of many processes with the same plan one
wins and the others do nothing. (`select_for_update` on the latest key and check-then-create both make too
many keys.)
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from django_jwtkit.conf import conf
from django_jwtkit.durable import durable
from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose import Key
from django_jwtkit.jose.encoding import dumps
from django_jwtkit.jose.jwa.content_encryption import ENCRYPTIONS

from . import planning
from .models import KeyEvent, Ring, StoredKey
from .planning import Keys, Plan, Planned, Situation
from .resolving import using
from .sealing import can_open, note_checks, seal
from .snapshot import look_again

Change = Callable[[Keys, Situation], Keys]


class Author(NamedTuple):
    """Who does it, and through which door: command, admin, migration or code."""

    who: str = ""
    door: str = "code"


class Seen(NamedTuple):
    """A ring as it was read: the plan is good while its generation still is this one."""

    generation: uuid.UUID | None
    rows: Mapping[str, StoredKey]
    keys: Keys
    situation: Situation


def look(ring: str, now: datetime, kid: str = "") -> Seen:
    """The ring as it is: the generation first, so that what is read after it can only be newer.

    With `kid` for its revocation, which a ring that has left the settings allows too; else `UnknownRing`.
    """
    db = using()
    stored = Ring.objects.using(db).filter(name=ring).first()
    asked = planning.last_policy(ring, stored.algorithm) if kid and stored else planning.policy(ring)
    alive = StoredKey.objects.using(db).filter(Q(archived=False) | Q(kid=kid), ring_id=ring)
    rows = {row.kid: row for row in alive}
    keys = tuple(row.planned(usable=can_open(row)) for row in rows.values())
    changed = bool(stored and stored.algorithm and stored.algorithm != asked.algorithm)
    generation = None if stored is None else stored.generation
    return Seen(generation, rows, keys, Situation(asked, now, changed, conf().denied))


def plan_of(seen: Seen, change: Change) -> Plan:
    at = seen.situation
    after = change(seen.keys, at)
    was, signs = planning.signer(seen.keys, at.now), planning.signer(after, at.now)
    taken_over = was is not None and signs is not None and signs.kid != was.kid
    return Plan(
        ring=at.policy.ring,
        now=at.now,
        before=seen.keys,
        after=after,
        adopts=at.policy.algorithm if at.algorithm_changed else "",
        safe_from=signs.published_at + at.policy.spread if signs and taken_over else None,
    )


def carry_out(
    ring: str,
    change: Change,
    now: datetime,
    author: Author,
    *,
    kid: str = "",
    given: Mapping[str, Key] | None = None,
    check: Callable[[Plan], None] | None = None,
) -> Plan:
    db = using()
    if not kid:
        planning.policy(ring)  # an unknown ring shall leave no row
    _open(ring, db)
    seen = look(ring, now, kid)
    plan = plan_of(seen, change)
    if check is not None:
        check(plan)
    if not plan:
        return plan
    plan, secrets = _equip(plan, seen, given or {})
    made = {name: _new_row(ring, key) for name, key in secrets.items()}
    note_checks(db)
    with durable(db, "Changing a ring"):
        swap = Ring.objects.using(db).filter(name=ring, generation=seen.generation or uuid.UUID(int=0))
        won = swap.update(generation=uuid.uuid4(), algorithm=seen.situation.policy.algorithm)
        if won:
            _write(plan, seen, made, author, db)
    # Right here and not in on_commit, which never fires inside a TestCase.
    look_again()
    return plan if won else replace(plan, lost=True)


def _open(ring: str, db: str) -> None:
    """See that the ring has a row whose generation can be swapped.

    It is looked for outside the transaction: SQLite lets nobody wait who reads first and then wants to write.
    """
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
    KeyEvent.objects.using(db).bulk_create(
        KeyEvent(
            ring_id=plan.ring,
            kid=step.key.kid,
            action=step.action,
            at=plan.now,
            who=author.who[:255],
            door=author.door[:32],
            detail=step.sentence()[:500],
        )
        for step in plan.steps
    )


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
