"""Revocations: the keys that are chosen, what it would mean, and what was done."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import Final

from django_jwtkit import consequences as foreseen
from django_jwtkit import keys
from django_jwtkit.consequences import (
    Consequences,
    describe_logged_out,
    find_remaining,
    latest_end,
    logged_out_by_all,
    refuse_newest,
    sealed_rows,
)
from django_jwtkit.keys import StoredKey
from django_jwtkit.keys.store import stored_keys
from django_jwtkit.management.base import SOURCE, Report, operator
from django_jwtkit.management.failures import usage
from django_jwtkit.wording import when

from .plans import describe_plan

FINAL: Final = "Nothing was done. Without --dry-run this is final: a revoked kid is never trusted again."
LABEL: Final = len("Logged out: ")


def choose_keys(kid: str | None, ring: str | None, sealing_key: str | None) -> list[StoredKey]:
    """Return the one key, all of a ring, or all under a sealing key.

    Raises a usage error, and `SealingKeyInUse`.
    """
    if sum(choice is not None for choice in (kid, ring, sealing_key)) != 1:
        raise usage("Give one of: a KID, --ring, --all-sealed-under.", "revoke_key")
    if kid is not None:
        return [keys.resolve(kid)]
    if ring is not None:
        rows = list(stored_keys().filter(ring_id=ring, archived=False))
        if not rows:
            keys.policy(ring)  # raises UnknownRing for a ring that is neither stored nor in the settings
        return rows
    refuse_newest(sealing_key or "")
    return sealed_rows(sealing_key or "")


def describe_consequences(each: Consequences) -> Iterator[str]:
    """Yield what revoking a key means, a line a fact."""
    yield f"Key {each.row.kid} ({each.row.alg}) of ring {each.row.ring_id} is {each.state}."
    for fact in each.facts():
        yield f"  {fact.label + ':':<{LABEL}}{fact.message}"


def describe_all(consequences: Sequence[Consequences]) -> Iterator[str]:
    """Yield what the revocations mean together, where several keys have logins: a user counts once."""
    if sum(each.logged_out.sessions > 0 for each in consequences) > 1:
        yield f"In all, logged out: {describe_logged_out(logged_out_by_all(consequences))}"


def nothing_to_revoke(rows: Sequence[StoredKey]) -> Report:
    lines = [
        f"Key {row.kid} has already been revoked, on {when(row.revoked_at)}: {row.reason}" for row in rows
    ]
    return Report(lines=lines or ["No key to revoke."], data={"revoked": [], "plans": []})


def dry_run(consequences: Sequence[Consequences]) -> Report:
    lines: list[str] = []
    details: list[dict[str, object]] = []
    for _, group in groupby(consequences, key=attrgetter("row.ring_id")):
        together = list(group)
        lines += [line for each in together for line in describe_consequences(each)]
        lines += [f"  {'Step:':<{LABEL}}{sentence}" for sentence in together[0].plan.sentences()]
        details += [each.to_dict() | {"plan": each.plan.to_dict()} for each in together]
    lines += describe_all(consequences)
    return Report(lines=[*lines, FINAL], data={"dry_run": True, "keys": details})


def carry_out(consequences: Sequence[Consequences], reason: str) -> Report:
    """Revoke the keys, those of a ring in one transaction, and report what was done."""
    plans = foreseen.carry_out(consequences, reason=reason, by=operator(), source=SOURCE)
    lines = [line for plan in plans for line in describe_plan(plan)]
    if end := latest_end(consequences):
        its = "its" if len(consequences) == 1 else "their"
        lines.append(
            f"Consumers that expire their cache may accept {its} tokens until {when(end)} at the latest. "
            "Others accept them until they fetch the JWKS again."
        )
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
    remaining = find_remaining(sealing_key)
    return report if remaining is None else replace(report, failure=str(remaining))
