"""`revoke_key`: the end of all trust in a key, at once and for ever."""

import sys
from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from django_jwtkit import keys
from django_jwtkit.keys import State, StoredKey
from django_jwtkit.keys.resolving import stored_keys
from django_jwtkit.keys.sealing import sealed_under, sealing_keys
from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.management.consequences import Consequences
from django_jwtkit.management.telling import tell
from django_jwtkit.management.wording import plural, when

# A standby first: else it would sign for the moment between two revocations.
ORDER = (State.STANDBY, State.ACTIVE, State.RETIRED, State.VERIFY_ONLY, State.EXPIRED)


class Command(base.Command):
    """One key, all of a ring (after a restored backup), or all under a sealing key (when that has leaked)."""

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
        foreseen = [
            Consequences(row, keys.preview_revocation(row.kid, reason=reason))
            for row in rows
            if row.revoked_at is None
        ]
        if not foreseen:
            return _nothing_to_do(rows)
        if dry_run:
            return _dry(foreseen)
        if interactive:
            self._ask(foreseen, quiet=bool(options["json"]))
        return _done([one.row for one in foreseen], foreseen, reason)

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
    else:
        _refuse_newest(sealing_key or "")
        rows = [row for row in stored_keys().exclude(sealed="") if sealed_under(row) == sealing_key]
    now = timezone.now()
    return sorted(
        (row for row in rows if row.revoked_at is None), key=lambda row: ORDER.index(row.state(now))
    )


def _refuse_newest(sealing_key: str) -> None:
    known = list(sealing_keys())
    if known[0] == sealing_key:
        raise CommandError(
            f"Refused, nothing was done: {sealing_key} is still the newest sealing key: new keys would rest "
            "under it too. Put another in front of it in JWTKIT['SEALING_KEYS'], restart, and try again.",
            returncode=base.UNSAFE,
        )


def _nothing_to_do(rows: Sequence[StoredKey]) -> Report:
    known = [
        f"Key {row.kid} has been revoked already, on {when(row.revoked_at)} UTC: {row.reason}" for row in rows
    ]
    return Report(lines=known or ["No key to revoke."], data={"revoked": [], "plans": []})


def _dry(foreseen: Sequence[Consequences]) -> Report:
    lines = [line for one in foreseen for line in (*one.lines(), *_then(one))]
    return Report(
        lines=[
            *lines,
            "Nothing was done. Without --dry-run this is final: a revoked kid is never trusted again.",
        ],
        data={"dry_run": True, "keys": [one.to_dict() | {"plan": one.plan.to_dict()} for one in foreseen]},
    )


def _then(one: Consequences) -> list[str]:
    return [f"  Step:      {sentence}" for sentence in one.plan.sentences()]


def _done(rows: Sequence[StoredKey], foreseen: Sequence[Consequences], reason: str) -> Report:
    plans = [keys.revoke(row.kid, reason=reason, by=base.operator(), door=base.DOOR) for row in rows]
    lines = [line for plan in plans for line in tell(plan)]
    last = [one.remote_until for one in foreseen if one.remote_until is not None]
    if last:
        lines.append(
            f"Consumers of the JWKS may accept old tokens until {when(max(last))} UTC at the latest."
        )
    return Report(
        lines=lines,
        data={
            "dry_run": False,
            "revoked": [row.kid for row in rows],
            "keys": [one.to_dict() for one in foreseen],
            "plans": [plan.to_dict() for plan in plans],
        },
    )
