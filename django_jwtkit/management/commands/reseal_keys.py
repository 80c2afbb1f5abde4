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

    def report(self, *, dry_run: bool, **_: Any) -> Report:
        done: list[Resealed] = []
        problems: list[Resealed] = []
        for count, one in enumerate(keys.reseal(dry_run=dry_run, by=base.operator(), door=base.DOOR), 1):
            (problems if one.problem else done).append(one)
            if count % EVERY == 0:
                self.note(f"{plural(count, 'key')} so far")
        newest = next(iter(sealing_keys()))
        data = {
            "dry_run": dry_run,
            "sealed_under": newest,
            "resealed": [one.kid for one in done],
            "problems": [{"kid": one.kid, "ring": one.ring, "problem": one.problem} for one in problems],
        }
        return Report(
            lines=_lines(len(done), newest, dry_run=dry_run, all_well=not problems),
            data=data,
            failed="\n".join(escape(one.problem) for one in problems),
        )


def _lines(count: int, newest: str, *, dry_run: bool, all_well: bool) -> list[str]:
    verb = "would be" if dry_run else ("was" if count == 1 else "were")
    lines = [f"{plural(count, 'key')} {verb} sealed anew under {newest}."]
    if not count and all_well:
        lines = [f"Nothing is due: every private key rests under {newest} already."]
    if all_well and not dry_run:
        lines.append("Next: older sealing keys are needed for backups only: keep them with those.")
    return lines
