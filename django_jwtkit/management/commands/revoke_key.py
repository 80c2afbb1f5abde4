"""`revoke_key`: ends all trust in a key, at once and permanently."""

import sys
from collections.abc import Sequence
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser

from django_jwtkit.consequences import Consequences, foresee
from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.management.failures import FAILURE, usage
from django_jwtkit.management.reports import revocations
from django_jwtkit.wording import plural

NAME: Final = "revoke_key"


class Command(base.Command):
    """One key, all of a ring (after a restored backup), or all under a sealing key (when that has leaked)."""

    requires_system_checks = ()  # whatever is wrong: a key that has leaked must not wait for it
    help = "Ends trust in a key at once and permanently; the standby takes over. Try --dry-run first."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("kid", nargs="?", help="The kid, or a beginning that no other key has.")
        parser.add_argument("--ring", help="All keys of this ring, instead of one.")
        parser.add_argument("--all-sealed-under", metavar="ID", help="All keys under this sealing key.")
        parser.add_argument("--reason", required=True, help="Why: kept in the history.")
        parser.add_argument("--dry-run", action="store_true", help="Only say what would happen.")
        parser.add_argument(
            "--noinput",
            "--no-input",
            action="store_false",
            dest="interactive",
            help="Revoke without confirmation.",
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
            raise usage("--reason must not be empty: the history keeps it.", NAME)
        rows = revocations.choose_keys(kid, ring, all_sealed_under)
        trusted = [row for row in rows if row.revoked_at is None]
        if not trusted:
            return revocations.nothing_to_revoke(rows)
        consequences = foresee(trusted, reason)
        if dry_run:
            return revocations.dry_run(consequences)
        if interactive:
            self._ask(consequences, quiet=bool(options["json"]))
        report = revocations.carry_out(consequences, reason)
        return (
            report if all_sealed_under is None else revocations.check_completeness(report, all_sealed_under)
        )

    def _ask(self, consequences: Sequence[Consequences], *, quiet: bool) -> None:
        if not sys.stdin.isatty():
            raise usage("No terminal to prompt on. Pass --noinput to revoke without confirmation.", NAME)
        lines = [line for each in consequences for line in revocations.describe_consequences(each)]
        for line in [*lines, *revocations.describe_all(consequences)]:
            (self.note if quiet else self.say)(line)
        if not self.confirm(f"Permanently revoke {plural(len(consequences), 'key')}?"):
            raise CommandError("Nothing was done.", returncode=FAILURE)
