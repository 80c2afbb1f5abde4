"""Revocations: the keys that are chosen, what it would mean, and what was done."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter

from django.core.management.base import CommandError

from django_jwtkit import keys
from django_jwtkit.errors import SealingKeyLost
from django_jwtkit.keys import StoredKey
from django_jwtkit.keys.sealing import sealed_under, sealing_keys
from django_jwtkit.keys.store import stored_keys
from django_jwtkit.management.base import SOURCE, Report, operator
from django_jwtkit.management.failures import UNSAFE, usage
from django_jwtkit.wording import plural, when

from .consequences import Consequences
from .plans import describe_plan

FINAL = "Nothing was done. Without --dry-run this is final: a revoked kid is never trusted again."


def choose_keys(kid: str | None, ring: str | None, sealing_key: str | None) -> list[StoredKey]:
    """Return the one key, all of a ring, or all under a sealing key. Raises a usage error."""
    if sum(choice is not None for choice in (kid, ring, sealing_key)) != 1:
        raise usage("Give one of: a KID, --ring, --all-sealed-under.", "revoke_key")
    if kid is not None:
        return [keys.resolve(kid)]
    if ring is not None:
        rows = list(stored_keys().filter(ring_id=ring, archived=False))
        if not rows:
            keys.policy(ring)  # raises UnknownRing for a ring that is neither stored nor in the settings
        return rows
    _refuse_newest(sealing_key or "")
    return _sealed_under(sealing_key or "")


def _sealed_under(sealing_key: str) -> list[StoredKey]:
    rows = stored_keys().exclude(sealed="").filter(revoked_at=None)
    return [row for row in rows if sealed_under(row) == sealing_key]


def _refuse_newest(sealing_key: str) -> None:
    try:
        newest = next(iter(sealing_keys()))
    except SealingKeyLost:  # nothing can be sealed here, so no new key will be sealed under it
        return
    if newest == sealing_key:
        raise CommandError(
            f"Refused, nothing was done: {sealing_key} is still the newest sealing key, and new keys would "
            "be sealed under it too. Put another in front of it in JWTKIT['SEALING_KEYS'], restart, and try "
            "again.",
            returncode=UNSAFE,
        )


def foresee(rows: Iterable[StoredKey], reason: str) -> Iterator[Consequences]:
    """Yield what each revocation means; all of a ring's are one plan, carried out as one."""
    by_ring = attrgetter("ring_id")
    for _, group in groupby(sorted(rows, key=by_ring), key=by_ring):
        together = sorted(group, key=attrgetter("published_at"))
        plan = keys.preview_revocation(*(row.kid for row in together), reason=reason)
        yield from (Consequences(row, plan) for row in together)


def _by_ring(consequences: Iterable[Consequences]) -> Iterator[list[Consequences]]:
    for _, group in groupby(consequences, key=attrgetter("row.ring_id")):
        yield list(group)


def nothing_to_revoke(rows: Sequence[StoredKey]) -> Report:
    lines = [
        f"Key {row.kid} has already been revoked, on {when(row.revoked_at)}: {row.reason}" for row in rows
    ]
    return Report(lines=lines or ["No key to revoke."], data={"revoked": [], "plans": []})


def dry_run(consequences: Sequence[Consequences]) -> Report:
    lines: list[str] = []
    for together in _by_ring(consequences):
        lines += [line for each in together for line in each.lines()]
        lines += [f"  Step:       {sentence}" for sentence in together[0].plan.sentences()]
    details = [each.to_dict() | {"plan": each.plan.to_dict()} for each in consequences]
    return Report(lines=[*lines, FINAL], data={"dry_run": True, "keys": details})


def carry_out(consequences: Sequence[Consequences], reason: str) -> Report:
    """Revoke the keys, those of a ring in one transaction, and report what was done."""
    plans = [
        keys.revoke(*(each.row.kid for each in together), reason=reason, by=operator(), source=SOURCE)
        for together in _by_ring(consequences)
    ]
    lines = [line for plan in plans for line in describe_plan(plan)]
    ends = [each.remote_until for each in consequences if each.remote_until is not None]
    if ends:
        its = "its" if len(consequences) == 1 else "their"
        lines.append(f"Consumers of the JWKS may accept {its} tokens until {when(max(ends))} at the latest.")
    return Report(
        lines=lines,
        data={
            "dry_run": False,
            "revoked": [each.row.kid for each in consequences],
            "keys": [each.to_dict() for each in consequences],
            "plans": [plan.to_dict() for plan in plans],
        },
    )


def check_completeness(report: Report, sealing_key: str) -> Report:
    """Look once more: another host may have sealed keys under the leaked one in the meantime."""
    remaining = _sealed_under(sealing_key)
    if not remaining:
        return report
    failure = (
        f"Another host has sealed {plural(len(remaining), 'new key')} under {sealing_key}: it is still the "
        "newest sealing key of some host. Restart every host with the new settings, then run this again."
    )
    return replace(report, failure=failure)
