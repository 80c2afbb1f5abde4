"""`revoke_key`: the end of all trust in a key, at once and for ever."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from django.core.management.base import CommandError, CommandParser

from django_jwtkit import keys
from django_jwtkit.errors import SealingKeyLost
from django_jwtkit.keys import StoredKey
from django_jwtkit.keys.sealing import sealed_under, sealing_keys
from django_jwtkit.keys.store import stored_keys
from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.management.reports.consequences import Consequences
from django_jwtkit.management.reports.plans import tell
from django_jwtkit.wording import plural, when


class Command(base.Command):
    """One key, all of a ring (after a restored backup), or all under a sealing key (when that has leaked)."""

    requires_system_checks = ()  # whatever is wrong: a key that has leaked must not wait for it
    help = "Ends trust in a key at once and for ever; the standby takes over. First try --dry-run."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("kid", nargs="?", help="The kid, or a beginning that no other key has.")
        parser.add_argument("--ring", help="All keys of this ring, instead of one.")
        parser.add_argument("--all-sealed-under", metavar="ID", help="All that rest under this sealing key.")
        parser.add_argument("--reason", required=True, help="Why: kept in the history.")
        parser.add_argument("--dry-run", action="store_true", help="Only say what would happen.")
        parser.add_argument(
            "--noinput", "--no-input", action="store_false", dest="interactive", help="Do not ask."
        )

    def report(
        self,
        *,
        kid: str | None,
        ring: str | None,
        all_sealed_under: str | None,
        reason: str,
        dry_run: bool,
        interactive: bool,
        **options: Any,
    ) -> Report:
        if not reason.strip():
            raise base.usage("--reason is empty: say why, for the history.", "revoke_key")
        rows = _chosen(kid, ring, all_sealed_under)
        living = [row for row in rows if row.revoked_at is None]
        if not living:
            return _nothing_to_do(rows)
        foreseen = list(_foreseen(living, reason))
        if dry_run:
            return _dry(foreseen)
        if interactive:
            self._ask(foreseen, quiet=bool(options["json"]))
        report = _done(foreseen, reason)
        return report if all_sealed_under is None else _all_of_it(report, all_sealed_under)

    def _ask(self, foreseen: Sequence[Consequences], *, quiet: bool) -> None:
        if not sys.stdin.isatty():
            raise base.usage("There is no terminal to ask on. Add --noinput to revoke unasked.", "revoke_key")
        for one in foreseen:
            for line in one.lines():
                (self.note if quiet else self.say)(line)
        if not self.confirm(f"Revoke {plural(len(foreseen), 'key')} for ever?"):
            raise CommandError("Nothing was done.", returncode=base.FAILURE)


def _chosen(kid: str | None, ring: str | None, sealing_key: str | None) -> list[StoredKey]:
    if sum(choice is not None for choice in (kid, ring, sealing_key)) != 1:
        raise base.usage("Give one of: a KID, --ring, --all-sealed-under.", "revoke_key")
    if kid is not None:
        return [keys.resolve(kid)]
    if ring is not None:
        rows = list(stored_keys().filter(ring_id=ring, archived=False))
        if not rows:
            keys.policy(ring)  # a ring that is neither stored nor set is a mistake: UnknownRing
        return rows
    _refuse_newest(sealing_key or "")
    return _sealed_under(sealing_key or "")


def _sealed_under(sealing_key: str) -> list[StoredKey]:
    rows = stored_keys().exclude(sealed="").filter(revoked_at=None)
    return [row for row in rows if sealed_under(row) == sealing_key]


def _refuse_newest(sealing_key: str) -> None:
    try:
        newest = next(iter(sealing_keys()))
    except SealingKeyLost:  # nothing can be sealed here, so nothing new will rest under it
        return
    if newest == sealing_key:
        raise CommandError(
            f"Refused, nothing was done: {sealing_key} is still the newest sealing key: new keys would rest "
            "under it too. Put another in front of it in JWTKIT['SEALING_KEYS'], restart, and try again.",
            returncode=base.UNSAFE,
        )


def _foreseen(rows: Iterable[StoredKey], reason: str) -> Iterator[Consequences]:
    """What each revocation means; all of a ring's are one plan, carried out as one."""
    for _, mine in groupby(sorted(rows, key=_ring), key=_ring):
        together = sorted(mine, key=lambda row: row.published_at)
        plan = keys.preview_revocation(*(row.kid for row in together), reason=reason)
        yield from (Consequences(row, plan) for row in together)


def _ring(row: StoredKey) -> str:
    return row.ring_id


def _by_ring(foreseen: Iterable[Consequences]) -> Iterator[list[Consequences]]:
    for _, mine in groupby(foreseen, key=lambda one: one.row.ring_id):
        yield list(mine)


def _nothing_to_do(rows: Sequence[StoredKey]) -> Report:
    known = [
        f"Key {row.kid} has been revoked already, on {when(row.revoked_at)}: {row.reason}" for row in rows
    ]
    return Report(lines=known or ["No key to revoke."], data={"revoked": [], "plans": []})


def _dry(foreseen: Sequence[Consequences]) -> Report:
    lines: list[str] = []
    for together in _by_ring(foreseen):
        lines += [line for one in together for line in one.lines()]
        lines += [f"  Step:      {sentence}" for sentence in together[0].plan.sentences()]
    return Report(
        lines=[
            *lines,
            "Nothing was done. Without --dry-run this is final: a revoked kid is never trusted again.",
        ],
        data={"dry_run": True, "keys": [one.to_dict() | {"plan": one.plan.to_dict()} for one in foreseen]},
    )


def _done(foreseen: Sequence[Consequences], reason: str) -> Report:
    plans = [
        keys.revoke(*(one.row.kid for one in together), reason=reason, by=base.operator(), source=base.SOURCE)
        for together in _by_ring(foreseen)
    ]
    lines = [line for plan in plans for line in tell(plan)]
    whose = "its" if len(foreseen) == 1 else "their"
    last = [one.remote_until for one in foreseen if one.remote_until is not None]
    if last:
        lines.append(
            f"Consumers of the JWKS may accept {whose} tokens until {when(max(last))} at the latest."
        )
    return Report(
        lines=lines,
        data={
            "dry_run": False,
            "revoked": [one.row.kid for one in foreseen],
            "keys": [one.to_dict() for one in foreseen],
            "plans": [plan.to_dict() for plan in plans],
        },
    )


def _all_of_it(report: Report, sealing_key: str) -> Report:
    """Look once more: another host may have sealed keys under the leaked one until now."""
    left = [row.kid for row in _sealed_under(sealing_key)]
    if not left:
        return report
    failed = (
        f"Meanwhile {plural(len(left), 'new key')} came to rest under {sealing_key}: it is still the newest "
        "one of some host. Restart every host with the new settings, then run this again."
    )
    return replace(report, failed=failed)
