"""Rotating a ring: as time and settings require, or at once."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Final

from django_jwtkit import signals
from django_jwtkit.conf import conf
from django_jwtkit.db import asks_database
from django_jwtkit.errors import JWTKitError, UnsafeRotation
from django_jwtkit.keys import planning
from django_jwtkit.keys.changing import Request, carry_out, make_plan, read_ring, read_rings
from django_jwtkit.keys.planning import Plan
from django_jwtkit.keys.store import Author, Store, current_scope, current_store, is_home, note_run
from django_jwtkit.wording import Code, Command, iso
from django_jwtkit.wording import message as _

from .revoking import announce_revocations

BY_HAND: Final = "admin"
"""The source of a rotation that is no run of the job: a click does not show that cron is alive."""


@asks_database("keys.preview")
def preview(ring: str, *, now: datetime | None = None, at_once: bool = False) -> Plan:
    """Return the plan that `rotate` would carry out; `Plan.is_safe` says whether that needs no force."""
    state = read_ring(current_store().ring(ring), now)
    return make_plan(state, planning.rotate_now if at_once else planning.rotate)


@asks_database("keys.preview_all")
def preview_all(rings: Collection[str], *, now: datetime | None = None) -> Mapping[str, Plan | JWTKitError]:
    """Return by ring the plan that `rotate` would carry out, or the error that it would raise.

    The database is asked as often for a thousand rings as for one. Raises `ScopeUnknown`.
    """
    states = read_rings(current_store(), rings, now)
    return {
        ring: state if isinstance(state, JWTKitError) else make_plan(state, planning.rotate)
        for ring, state in states.items()
    }


@asks_database("keys.rotate")
def rotate(
    ring: str,
    *,
    now: datetime | None = None,
    at_once: bool = False,
    force: bool = False,
    confirmed: Collection[str] | None = None,
    by: str = "",
    source: str = "code",
) -> Plan:
    """Do what is due in `ring`, and return what was done: idempotent, and safe from many processes at once.

    With `at_once` the next key signs from now on. That raises `UnsafeRotation` while consumers may not know
    it, unless `force` is given, which replaces a ring of another scope too. `confirmed` are the kids that a
    person has agreed to revoke; a plan that revokes another raises `UnsafeRotation` too. A run of the job is
    noted, even if nothing was due (see `note_run`). Raises `InsideTransaction`, `UnknownRing`,
    `SealingKeyLost`, `ScopeMismatch`.
    """
    address, author = current_store().ring(ring), Author(by, source)
    check = partial(_check, must_be_safe=at_once and not force, confirmed=confirmed)
    change = planning.rotate_now if at_once else planning.rotate
    plan = _rotate(Request(address, change, author, now, check=check, force=at_once and force))
    if source != BY_HAND:
        note_run(address, plan.now)
    return plan


@asks_database("keys.make_missing")
def make_missing(using: str, *, by: str = "", source: str = "migration") -> list[Plan]:
    """See that every ring of the settings has its keys, if `using` is a database of keys."""
    if not is_home(using):
        return []
    store, author = Store(using, current_scope(conf())), Author(by, source)
    plans = (_rotate(Request(store.ring(name), planning.rotate, author)) for name in conf().rings)
    return [plan for plan in plans if plan]


def _rotate(request: Request) -> Plan:
    plan = carry_out(request)
    if plan and not plan.lost:
        announce_revocations(plan, request.author)
        signals.key_rotated.send_robust(Plan, ring=plan.ring, plan=plan)
    return plan


def _check(plan: Plan, *, must_be_safe: bool, confirmed: Collection[str] | None) -> None:
    if must_be_safe:
        _refuse_unsafe(plan)
    unconfirmed = sorted(plan.revoked - frozenset(plan.revoked if confirmed is None else confirmed))
    if unconfirmed:
        raise UnsafeRotation(
            _(
                "Ring {ring} was not changed: key {key} would be revoked permanently, which has to be "
                "confirmed for this ring by itself.",
                ring=plan.ring,
                key=Code(unconfirmed[0]),
            ),
            plan.now,
        )


def _refuse_unsafe(plan: Plan) -> None:
    given_up = [step.key.kid for step in plan.steps if step.action == "revoked" and not step.key.judged]
    command = Command(f"manage.py rotate_keys --ring {plan.ring} --now --force")
    if given_up:
        raise UnsafeRotation(
            _(
                "Ring {ring}: key {key} can't be judged here, and would be revoked. Restore its sealing "
                "key; if that is lost: {command}",
                ring=plan.ring,
                key=Code(given_up[0]),
                command=command,
            ),
            plan.now,
        )
    if plan.is_safe or plan.safe_from is None:
        return
    is_known_outside = planning.policy(plan.ring).has_consumers
    readers = _("consumers") if is_known_outside else _("other processes of yours")
    raise UnsafeRotation(
        _(
            "Ring {ring}: {readers} may not know the next key yet, and would refuse its tokens. It is "
            "safe from {moment}. Wait until then, or sign with it now anyway: {command}",
            ring=plan.ring,
            readers=readers,
            moment=iso(plan.safe_from),
            command=command,
        ),
        plan.safe_from,
    )
