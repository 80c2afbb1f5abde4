"""`reseal_keys`: every private key rests under the newest sealing key, so that the old one can go."""

from typing import Any

from django.core.management.base import CommandParser

from django_jwtkit import keys
from django_jwtkit.keys.sealing import Resealed, sealing_keys
from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.wording import escape, plural

EVERY = 50


class Command(base.Command):
    """Resumable: each key is done by itself, so that an interrupted run is simply started again."""

    help = "Seals all private keys anew under the newest sealing key. Can be interrupted and resumed."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help="Only try to open each key.")
        parser.add_argument(
            "--scope-was",
            metavar="TEXT",
            help="What KEYRING_SCOPE returned before, or an empty text: moves the keys to the present scope.",
        )

    def report(self, *, dry_run: bool, scope_was: str | None, **_: Any) -> Report:
        done: list[Resealed] = []
        moved: list[Resealed] = []
        problems: list[Resealed] = []
        by = {"by": base.operator(), "source": base.SOURCE}
        for count, one in enumerate(keys.reseal(dry_run=dry_run, scope_was=scope_was, **by), 1):
            (problems if one.problem else done if one.scope is None else moved).append(one)
            if count % EVERY == 0:
                self.note(f"{plural(count, 'key')} so far")
        newest = next(iter(sealing_keys()))
        data = {
            "dry_run": dry_run,
            "sealed_under": newest,
            "moved": [one.kid for one in moved],
            "resealed": [one.kid for one in done],
            "problems": [{"kid": one.kid, "ring": one.ring, "problem": one.problem} for one in problems],
        }
        scopes = _lines_of_scope(moved, dry_run=dry_run) if scope_was is not None else []
        return Report(
            lines=[*scopes, *_lines(len(done), newest, dry_run=dry_run, all_well=not problems)],
            data=data,
            failed="\n".join(escape(one.problem) for one in problems),
        )


def _lines(count: int, newest: str, *, dry_run: bool, all_well: bool) -> list[str]:
    verb = "would be" if dry_run else ("was" if count == 1 else "were")
    lines = [f"{plural(count, 'key')} {verb} sealed anew under {newest}."]
    if not count and all_well:
        lines = [f"Nothing is due: every key rests under {newest} already."]
    if all_well and not dry_run:
        lines.append("Next: take older sealing keys out of the settings, and keep them with your backups.")
    return lines


def _lines_of_scope(moved: list[Resealed], *, dry_run: bool) -> list[str]:
    if not moved:
        return ["No key was moved from another scope."]
    verb = "would be" if dry_run else ("was" if len(moved) == 1 else "were")
    return [f"{plural(len(moved), 'key')} {verb} moved to the scope {escape(moved[0].scope or '')!r}."]
