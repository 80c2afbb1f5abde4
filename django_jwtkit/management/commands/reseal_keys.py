"""`reseal_keys`: seals every private key under the newest sealing key, so that the old one can go."""

from typing import Any, Final

from django.core.management.base import CommandParser

from django_jwtkit import keys
from django_jwtkit.keys.sealing import Resealed, sealing_keys
from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.wording import escape, plural

NOTE_EVERY: Final = 50  # keys


class Command(base.Command):
    """Each key is done by itself, so that an interrupted run is simply started again."""

    help = "Seals all private keys anew under the newest sealing key. Can be interrupted and resumed."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help="Only try to open each key.")
        parser.add_argument(
            "--scope-was",
            metavar="TEXT",
            help="The text, maybe empty, that KEYRING_SCOPE returned before: moves the keys.",
        )

    def report(self, *, dry_run: bool, scope_was: str | None, **_: Any) -> Report:
        done: list[Resealed] = []
        moved: list[Resealed] = []
        problems: list[Resealed] = []
        by = {"by": base.operator(), "source": base.SOURCE}
        for count, result in enumerate(keys.reseal(dry_run=dry_run, scope_was=scope_was, **by), 1):
            (problems if result.problem else done if result.scope is None else moved).append(result)
            if count % NOTE_EVERY == 0:
                self.note(f"{plural(count, 'key')} so far")
        newest = next(iter(sealing_keys()))
        data = {
            "dry_run": dry_run,
            "sealed_under": newest,
            "moved": [result.kid for result in moved],
            "resealed": [result.kid for result in done],
            "problems": [{"kid": each.kid, "ring": each.ring, "problem": each.problem} for each in problems],
        }
        scopes = _lines_of_scope(moved, dry_run=dry_run) if scope_was is not None else []
        return Report(
            lines=[*scopes, *_lines(len(done), newest, dry_run=dry_run, is_complete=not problems)],
            data=data,
            failure="\n".join(escape(result.problem) for result in problems),
        )


def _lines(count: int, newest: str, *, dry_run: bool, is_complete: bool) -> list[str]:
    verb = "would be" if dry_run else ("was" if count == 1 else "were")
    lines = [f"{plural(count, 'key')} {verb} sealed anew under {newest}."]
    if not count and is_complete:
        lines = [f"Nothing is due: every key is already sealed under {newest}."]
    if is_complete and not dry_run:
        lines.append("Next: take older sealing keys out of the settings, and keep them with your backups.")
    return lines


def _lines_of_scope(moved: list[Resealed], *, dry_run: bool) -> list[str]:
    if not moved:
        return ["No key was moved from another scope."]
    verb = "would be" if dry_run else ("was" if len(moved) == 1 else "were")
    return [f"{plural(len(moved), 'key')} {verb} moved to the scope {escape(moved[0].scope or '')!r}."]
