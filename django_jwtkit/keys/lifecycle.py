"""What may be done to keys: the verbs of the room. Each makes a plan and has it carried out."""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone

from django_jwtkit import signals
from django_jwtkit.conf import conf
from django_jwtkit.errors import KeyUnusableError, UnsafeRotation
from django_jwtkit.jose import Key

from . import planning
from .models import StoredKey
from .planning import Keys, Plan, Situation, iso
from .resolving import resolve, stored_keys
from .swap import Author, carry_out, look, plan_of


def preview(ring: str, *, now: datetime | None = None, at_once: bool = False) -> Plan:
    """The plan that `rotate` would carry out; nothing is done. `Plan.safe` tells whether it needs force."""
    return plan_of(look(ring, now or timezone.now()), planning.hasten if at_once else planning.due)


def preview_revocation(kid: str, *, reason: str, now: datetime | None = None) -> Plan:
    """The plan that `revoke` would carry out now; nothing is done."""
    row = resolve(kid)
    seen = look(row.ring_id, now or timezone.now(), row.kid)
    return plan_of(seen, partial(planning.revoke, kid=row.kid, reason=reason))


def rotate(
    ring: str,
    *,
    now: datetime | None = None,
    at_once: bool = False,
    force: bool = False,
    by: str = "",
    door: str = "code",
) -> Plan:
    """Do what is due in `ring`: idempotent, and safe from many processes at once. Returns what was done.

    `at_once`: the next key signs from now; raises `UnsafeRotation` while consumers may not know it, unless
    `force`. Raises `InsideTransaction`, `UnknownRing`, `SealingKeyLost`.
    """
    now = now or timezone.now()
    change = planning.hasten if at_once else planning.due
    plan = carry_out(
        ring, change, now, Author(by, door), check=_refuse_unsafe if at_once and not force else None
    )
    if plan and not plan.lost:
        signals.key_rotated.send_robust(Plan, ring=ring, plan=plan)
    return plan


def revoke(kid: str, *, reason: str, now: datetime | None = None, by: str = "", door: str = "code") -> Plan:
    """End all trust in `kid`, for ever; its successor takes over in the same transaction.

    The beginning of a kid is enough where no other kid has it.
    A revocation that meets another change plans again until it wins. Revoking what is revoked changes
    nothing. Raises `UnknownKid` with the nearest kids, `InsideTransaction`, `ValueError` without a reason.
    """
    if not reason.strip():
        raise ValueError("a revocation needs a reason: it is what you will read in a year")
    row, now = resolve(kid), now or timezone.now()
    change = partial(planning.revoke, kid=row.kid, reason=reason)
    while (plan := carry_out(row.ring_id, change, now, Author(by, door), kid=row.kid)).lost:
        continue
    if plan:
        signals.key_revoked.send_robust(Plan, ring=row.ring_id, kid=row.kid, reason=reason, plan=plan)
    return plan


def generate(
    ring: str, *, algorithm: str = "", now: datetime | None = None, by: str = "", door: str = "code"
) -> Plan:
    """Make a key: the first of a ring signs at once, another stands by at the end of the line."""

    def change(keys: Keys, at: Situation) -> Keys:
        return planning.add(keys, at, planning.made(at, algorithm=algorithm))

    return carry_out(ring, change, now or timezone.now(), Author(by, door))


def import_key(
    ring: str,
    key: Key,
    *,
    verify_until: datetime | None = None,
    now: datetime | None = None,
    by: str = "",
    door: str = "code",
) -> StoredKey:
    """Take in a key made elsewhere. With `verify_until` it never signs here, and trust in it ends then.

    Raises `KeyUnusableError` for a kid that is known already (a revoked one stays denied for ever), for a key
    of another use than the ring's, and for a public key that would have to sign.
    """
    kid = key.kid or (key.thumbprint() if key.kty != "oct" else secrets.token_urlsafe(24))
    key = Key.from_dict(key.to_dict(private=key.private), alg=key.alg, kid=kid)
    if kid in conf().denied or stored_keys().filter(kid=kid).exists():
        raise KeyUnusableError(f"Key {kid} is known here already; see manage.py list_keys.")
    if not key.private and verify_until is None:
        raise KeyUnusableError("A public key cannot sign: import the private key, or add --verify-only.")

    uses = {"sig": ("verify",) if verify_until else ("sign", "verify"), "enc": ("encrypt", "decrypt")}
    for operation in uses[key.use]:
        key.require(operation)
    if verify_until is not None and key.use == "sig" and key.kty != "oct":
        key = key.public()

    def change(keys: Keys, at: Situation) -> Keys:
        new = planning.made(at, algorithm=key.alg, kid=kid)
        if verify_until is None:
            return planning.add(keys, at, new)
        ends = replace(new, sign_until=verify_until, max_lifetime=timedelta(0), margin=timedelta(0))
        return planning.due((*keys, ends), at)

    while carry_out(ring, change, now or timezone.now(), Author(by, door), given={kid: key}).lost:
        continue
    return stored_keys().get(kid=kid)


def make_missing(using: str, door: str = "migration") -> list[Plan]:
    """See that every ring of the settings has its keys, where `using` is the database they live in."""
    if using != stored_keys().db:
        return []
    return [plan for ring in conf().rings if (plan := rotate(ring, door=door))]


def _refuse_unsafe(plan: Plan) -> None:
    if plan.safe or plan.safe_from is None:
        return
    raise UnsafeRotation(
        f"Ring {plan.ring}: consumers may not know the next key yet, and would refuse its tokens. "
        f"It is safe from {iso(plan.safe_from)}. Wait until then, or sign with it now all the same: "
        f"manage.py rotate_keys --ring {plan.ring} --now --force",
        plan.safe_from,
    )
