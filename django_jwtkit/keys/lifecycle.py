"""What may be done to keys: the verbs of the room. Each makes a plan and has it carried out."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from django.db import IntegrityError
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import signals
from django_jwtkit.conf import conf
from django_jwtkit.errors import KeyUnusableError, UnsafeRotation
from django_jwtkit.jose import Key
from django_jwtkit.jose.wire.header import is_kid
from django_jwtkit.logs import get_logger
from django_jwtkit.wording import escape, iso

from . import planning
from .changing import Change, carry_out, insist, make_plan, read_ring
from .planning import Keys, Plan, Situation
from .sealing import REVOKED, weakness
from .store import (
    Address,
    Author,
    KeyEvent,
    Store,
    StoredKey,
    current_scope,
    current_store,
    is_home,
    resolve,
    stored_keys,
    using,
)

logger = get_logger("keys")


def preview(ring: str, *, now: datetime | None = None, at_once: bool = False) -> Plan:
    """The plan that `rotate` would carry out; nothing is done. `Plan.safe` tells whether it needs force."""
    state = read_ring(current_store().ring(ring), now)
    return make_plan(state, planning.rotate_now if at_once else planning.rotate)


def preview_revocation(kid: str, *more: str, reason: str, now: datetime | None = None) -> Plan:
    """The plan that `revoke` would carry out now; nothing is done."""
    address, kids = _victims(kid, *more)
    state = read_ring(address, now, kids)
    return make_plan(state, partial(planning.revoke, kids=kids, reason=reason))


def rotate(
    ring: str,
    *,
    now: datetime | None = None,
    at_once: bool = False,
    force: bool = False,
    by: str = "",
    source: str = "code",
) -> Plan:
    """Do what is due in `ring`: idempotent, and safe from many processes at once. Returns what was done.

    `at_once`: the next key signs from now; raises `UnsafeRotation` while consumers may not know it, unless
    `force`, which replaces a ring of another scope too. Raises `InsideTransaction`, `UnknownRing`,
    `SealingKeyLost`, `ScopeMismatch`.
    """
    change, check = planning.rotate, None
    if at_once:
        change, check = planning.rotate_now, None if force else _refuse_unsafe
    address, author = current_store().ring(ring), Author(by, source)
    return _rotate(address, change, now, author, check, force=at_once and force)


def _rotate(
    address: Address,
    change: Change,
    now: datetime | None,
    author: Author,
    check: Callable[[Plan], None] | None = None,
    *,
    force: bool = False,
) -> Plan:
    plan = carry_out(address, change, now, author, check=check, force=force)
    if plan and not plan.lost:
        _tell_of_revocations(plan, author)
        signals.key_rotated.send_robust(Plan, ring=address.ring, plan=plan)
    return plan


def revoke(
    kid: str, *more: str, reason: str, now: datetime | None = None, by: str = "", source: str = "code"
) -> Plan:
    """End all trust in `kid`, for ever; its successor takes over in the same transaction.

    The beginning of a kid is enough where no other kid has it. `more` of the same ring end with it. What is
    revoked already stays so. Where no new standby can be made, trust ends all the same: `Plan.blocked_by`
    says why, and the next rotation makes one. A revocation that meets another change plans again until it
    wins. Raises `UnknownKid` with the nearest kids, `InsideTransaction`, `RingBusy`, `ValueError` without a
    reason or for kids of several rings.
    """
    if not reason.strip():
        raise ValueError("a revocation needs a reason: it is what you will read in a year")
    address, kids = _victims(kid, *more)
    author, change = Author(by, source), partial(planning.revoke, kids=kids, reason=reason)
    plan = insist(address.ring, lambda: carry_out(address, change, now, author, kids=kids))
    _tell_of_revocations(plan, author)
    return plan


def _victims(*kids: str) -> tuple[Address, frozenset[str]]:
    store = current_store()
    rows = [resolve(kid) for kid in kids]
    rings = {row.ring_id for row in rows}
    if len(rings) > 1:
        raise ValueError(
            f"these kids are of several rings: {', '.join(sorted(rings))}; revoke one after another"
        )
    return store.ring(rings.pop()), frozenset(row.kid for row in rows)


def _tell_of_revocations(plan: Plan, author: Author) -> None:
    """Log and signal each; the log outlives the database, and after a restored backup it knows the kids."""
    for key in (step.key for step in plan.steps if step.action == "revoked"):
        told = (plan.ring, key.kid, author.who or "-", author.source, ascii(key.reason))
        about = {"ring": plan.ring, "kid": key.kid, "actor": author.who or None, "reason": key.reason}
        fields = {"event": "key_revoked", **about}
        logger.warning("key_revoked: ring %s, key %s, by %s through %s: %s", *told, extra=fields)
        signals.key_revoked.send_robust(Plan, ring=plan.ring, kid=key.kid, reason=key.reason, plan=plan)


def generate(
    ring: str, *, algorithm: str = "", now: datetime | None = None, by: str = "", source: str = "code"
) -> Plan:
    """Make a key: the first of a ring signs at once, another stands by at the end of the line.

    Where another process is quicker with its own, this one is made after it. Raises `InsideTransaction`,
    `UnknownRing`, `SealingKeyLost`, `RingBusy`, `KeyUnusableError` for an algorithm that does not fit.
    """
    address, author = current_store().ring(ring), Author(by, source)

    def change(keys: Keys, at: Situation) -> Keys:
        return planning.add(keys, at, planning.new_key(at, algorithm=algorithm))

    return insist(ring, lambda: carry_out(address, change, now, author))


def import_key(
    ring: str,
    key: Key,
    *,
    verify_until: datetime | None = None,
    now: datetime | None = None,
    by: str = "",
    source: str = "code",
) -> StoredKey:
    """Take in a key made elsewhere. With `verify_until` it never signs here, and trust in it ends then.

    Raises `KeyUnusableError` for a kid that is known already (a revoked one stays denied for ever), for a key
    of another use than the ring's, and for a public key that would have to sign; and what `generate` raises.
    """
    key = _judged(key, verify_until)
    kid, address, author = key.kid or "", current_store().ring(ring), Author(by, source)

    def change(keys: Keys, at: Situation) -> Keys:
        if any(one.kid == kid for one in keys):
            raise _known(kid)
        new = replace(planning.new_key(at, algorithm=key.alg, kid=kid), imported=True)
        if verify_until is None:
            return planning.add(keys, at, new)
        ends = replace(new, sign_until=verify_until, max_lifetime=timedelta(0), margin=timedelta(0))
        return planning.rotate((*keys, ends), at)

    def attempt() -> Plan:
        _refuse_known(kid)
        return carry_out(address, change, now, author, given={kid: key})

    try:
        insist(ring, attempt)
    except IntegrityError as error:  # somebody was quicker, or it differs from another by case only
        raise _known(kid) from error
    return stored_keys().get(kid=kid)


def _judged(key: Key, verify_until: datetime | None) -> Key:
    """`key` with a kid, as it is to be stored. Raises `KeyUnusableError` where it can't do its work."""
    if not key.private and verify_until is None:
        raise KeyUnusableError("A public key cannot sign: import the private key, or add --verify-only.")
    _refuse_weak(key)
    kid = key.kid or (key.thumbprint() if key.kty != "oct" else secrets.token_urlsafe(24))
    if not is_kid(kid):
        raise KeyUnusableError(
            f"kid must be 1 to 128 letters, digits or . _ ~ @ : + = - to be stored, got {escape(kid, 60)!r}. "
            "Give the key another: --kid, or kid= in Python. If it verifies another issuer's tokens, "
            "it belongs to a KeySet of theirs, not to a ring."
        )
    key = Key.from_dict(key.to_dict(private=key.private), alg=key.alg, kid=kid)
    uses = {"sig": ("verify",) if verify_until else ("sign", "verify"), "enc": ("encrypt", "decrypt")}
    for operation in uses[key.use]:
        key.require(operation)
    return key.public() if verify_until and key.use == "sig" and key.kty != "oct" else key


@sensitive_variables()
def _refuse_weak(key: Key) -> None:
    secret = key.native_private
    if key.use == "sig" and isinstance(secret, bytes) and (wrong := weakness(secret)):
        raise KeyUnusableError(f"This secret is too weak: {wrong}. Make one with Key.generate().")


def _refuse_known(kid: str) -> None:
    if kid in conf().denied or stored_keys().filter(kid=kid).exists():
        raise _known(kid)
    events = KeyEvent.objects.using(using()).filter(kid=kid, action=REVOKED)
    if kid in events.values_list("kid", flat=True):  # its row is gone, and the collation may fold case
        raise KeyUnusableError(f"Key {kid} has been revoked; see manage.py list_keys --events.")


def _known(kid: str) -> KeyUnusableError:
    return KeyUnusableError(f"Key {kid} is known here already; see manage.py list_keys.")


def make_missing(using: str, *, by: str = "", source: str = "migration") -> list[Plan]:
    """See that every ring of the settings has its keys, where `using` is the database they live in."""
    if not is_home(using):
        return []
    store, author = Store(using, current_scope(conf())), Author(by, source)
    plans = (_rotate(store.ring(name), planning.rotate, None, author) for name in conf().rings)
    return [plan for plan in plans if plan]


def _refuse_unsafe(plan: Plan) -> None:
    given_up = [step.key.kid for step in plan.steps if step.action == "revoked" and not step.key.judged]
    if given_up:
        raise UnsafeRotation(
            f"Ring {plan.ring}: key {given_up[0]} can't be judged here, and would be revoked. Give its "
            f"sealing key back; if that is lost: manage.py rotate_keys --ring {plan.ring} --now --force",
            plan.now,
        )
    if plan.safe or plan.safe_from is None:
        return
    raise UnsafeRotation(
        f"Ring {plan.ring}: consumers may not know the next key yet, and would refuse its tokens. "
        f"It is safe from {iso(plan.safe_from)}. Wait until then, or sign with it now all the same: "
        f"manage.py rotate_keys --ring {plan.ring} --now --force",
        plan.safe_from,
    )
