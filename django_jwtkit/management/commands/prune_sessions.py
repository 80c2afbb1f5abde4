"""`prune_sessions`: deletes sessions that are over. For cron, during any traffic."""

from datetime import timedelta
from typing import Any, Final

from django.core.management.base import CommandParser

from django_jwtkit import sessions
from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.management.failures import usage
from django_jwtkit.wording import plural

MAX_DAYS: Final = 36500


class Command(base.Command):
    """In batches, each a short transaction; an interrupted run goes on the next time."""

    help = "Deletes the sessions that have ended or expired, in batches."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--end-origin",
            choices=sessions.ORIGINS,
            help="First end all sessions that began with a token of this package.",
        )
        parser.add_argument("--keep-days", type=int, default=0, help="Keep dead sessions for so many days.")

    def report(self, *, keep_days: int, end_origin: str | None, **_: Any) -> Report:
        if not 0 <= keep_days <= MAX_DAYS:
            raise usage(f"--keep-days must be 0 to {MAX_DAYS}, got {keep_days}.", "prune_sessions")
        ended = None if end_origin is None else sessions.end_origin(end_origin, progress=self._progress)
        count = sessions.prune(dead_for=timedelta(days=keep_days), progress=self._progress)
        lines = [f"{plural(count, 'dead session')} deleted. Their tokens stay refused."]
        if not count:
            lines = ["Nothing is due: no session is dead."]
        if ended is None:
            return Report(lines=lines, data={"pruned": count})
        lines = [f"{plural(ended, 'session')} of {end_origin} ended.", *lines]
        return Report(lines=lines, data={"ended": ended, "pruned": count})

    def _progress(self, count: int) -> None:
        self.note(f"{plural(count, 'session')} so far")
