"""Revoking keys: all trust in them ends at once and permanently."""

from datetime import datetime
from functools import partial

from django_jwtkit import signals
from django_jwtkit.db import asks_database
from django_jwtkit.keys import planning
from django_jwtkit.keys.changing import Request, carry_out, insist, make_plan, read_ring
from django_jwtkit.keys.planning import Plan
from django_jwtkit.keys.store import Address, Author, current_store, resolve
from django_jwtkit.logs import get_logger

logger = get_logger("keys")


@asks_database("keys.preview_revocation")
def preview_revocation(kid: str, *more: str, reason: str, now: datetime | None = None) -> Plan:
    """Return the plan that `revoke` would carry out now."""
    address, kids = _resolve_all(kid, *more)
    state = read_ring(address, now, kids)
    return make_plan(state, partial(planning.revoke, kids=kids, reason=reason))


@asks_database("keys.revoke")
def revoke(
    kid: str, *more: str, reason: str, now: datetime | None = None, by: str = "", source: str = "code"
) -> Plan:
    """End all trust in `kid`, permanently; its successor takes over in the same transaction.

    The beginning of a kid is enough where no other kid has it. `more` of the same ring end with it. Keys that
    are revoked already stay as they are. Where no new standby can be made, trust ends anyway:
    `Plan.blocked_by` says why, and the next rotation makes one. A revocation that meets another change plans
    again until it wins.

    Raises `UnknownKid` with the nearest kids, `InsideTransaction`, `RingBusy`, and `ValueError` without a
    reason or for kids of several rings.
    """
    if not reason.strip():
        raise ValueError("reason must not be empty: it is what you will read in a year")
    address, kids = _resolve_all(kid, *more)
    author, change = Author(by, source), partial(planning.revoke, kids=kids, reason=reason)
    request = Request(address, change, author, now, kids=kids)
    plan = insist(address.ring, lambda: carry_out(request))
    announce_revocations(plan, author)
    return plan


def announce_revocations(plan: Plan, author: Author) -> None:
    """Log and signal each revocation in `plan`.

    The log outlives the database: when a backup has been restored, it still has the revoked kids.
    """
    for key in (step.key for step in plan.steps if step.action == "revoked"):
        words = (plan.ring, key.kid, author.who or "-", author.source, ascii(key.reason))
        about = {"ring": plan.ring, "kid": key.kid, "actor": author.who or None, "reason": key.reason}
        fields = {"event": "key_revoked", **about}
        logger.warning("key_revoked: ring %s, key %s, by %s through %s: %s", *words, extra=fields)
        signals.key_revoked.send_robust(Plan, ring=plan.ring, kid=key.kid, reason=key.reason, plan=plan)


def _resolve_all(*kids: str) -> tuple[Address, frozenset[str]]:
    store = current_store()
    rows = [resolve(kid) for kid in kids]
    rings = {row.ring_id for row in rows}
    if len(rings) > 1:
        raise ValueError(
            f"the keys must be of one ring, got keys of {', '.join(sorted(rings))}: revoke them ring by ring"
        )
    return store.ring(rings.pop()), frozenset(row.kid for row in rows)
