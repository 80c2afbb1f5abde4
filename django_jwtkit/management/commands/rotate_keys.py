"""`rotate_keys`: the job that cron runs, and the way to sign with the next key now."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.management.base import CommandParser
from django.utils.text import get_text_list

from django_jwtkit import keys
from django_jwtkit.conf import conf
from django_jwtkit.errors import JWTKitError, UnsafeRotation
from django_jwtkit.keys import Plan
from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.management.failures import describe, usage
from django_jwtkit.management.reports.plans import describe_plan, summarize_plan
from django_jwtkit.wording import escape, iso


class Command(base.Command):
    """Each ring by itself: a fault of one must not keep the others from rotating."""

    help = (
        "Does what is due in all rings. Idempotent, and safe from cron on five hosts at once. "
        "Exit 3: refused as unsafe, with the time from which it is safe."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--ring", help="Only this ring.")
        parser.add_argument("--now", action="store_true", help="The next key signs from now on.")
        parser.add_argument("--force", action="store_true", help="With --now: even if unsafe.")
        parser.add_argument("--dry-run", action="store_true", help="Show the plan and do nothing.")

    def report(self, *, ring: str | None, now: bool, force: bool, dry_run: bool, **_: Any) -> Report:
        if force and not now:
            raise usage("--force needs --now: a rotation that is due needs no force.", "rotate_keys")
        rings = [ring] if ring else list(conf().rings)
        if now and not force:
            _refuse_unsafe([keys.preview(name, at_once=True) for name in rings])
        plans: list[Plan] = []
        failures: dict[str, str] = {}
        for name in rings:
            try:
                plans.append(_plan(name, at_once=now, force=force, dry_run=dry_run))
            except JWTKitError as error:
                if ring:
                    raise
                failures[name] = describe(error)[0]
        return _report(plans, failures, dry_run=dry_run)


def _plan(ring: str, *, at_once: bool, force: bool, dry_run: bool) -> Plan:
    if dry_run:
        return keys.preview(ring, at_once=at_once)
    return keys.rotate(ring, at_once=at_once, force=force, by=base.operator(), source=base.SOURCE)


def _refuse_unsafe(plans: Sequence[Plan]) -> None:
    """Refuse all rings where one is unsafe. Raises `UnsafeRotation`."""
    unsafe = {plan.ring: plan.safe_from for plan in plans if not plan.is_safe and plan.safe_from}
    if not unsafe:
        return
    safe_from, names = max(unsafe.values()), escape(get_text_list(list(unsafe), "and"))
    has_consumers = any(keys.policy(ring).has_consumers for ring in unsafe)
    readers = "consumers" if has_consumers else "other processes of yours"
    option = f" --ring {names}" if len(unsafe) == 1 else ""
    raise UnsafeRotation(
        f"Refused, nothing was done: {readers} may not know the next key of {names} yet, and would refuse "
        f"its tokens. It is safe from {iso(safe_from)}. Wait until then. If a key has leaked, revoke it:\n"
        f"    python manage.py revoke_key KID --reason leaked\n"
        f"To rotate anyway:\n"
        f"    python manage.py rotate_keys{option} --now --force",
        safe_from,
    )


def _report(plans: Sequence[Plan], failures: Mapping[str, str], *, dry_run: bool) -> Report:
    lines = [line for plan in plans for line in describe_plan(plan, by_rotation=True)]
    if dry_run:
        lines.append("Nothing was done: this is the plan.")
    return Report(
        lines=lines,
        data={
            "dry_run": dry_run,
            "rings": [plan.to_dict() | summarize_plan(plan) for plan in plans],
            "errors": dict(failures),
        },
        failure="\n".join(f"Ring {ring}: {message}" for ring, message in failures.items()),
    )
