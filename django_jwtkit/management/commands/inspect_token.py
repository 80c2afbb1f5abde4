"""`inspect_token`: why is this token refused? Arguments stay in the shell's history, so it comes by stdin."""

import sys
from typing import Any

from django.core.management.base import CommandParser
from django.views.decorators.debug import sensitive_variables

from django_jwtkit.inspection import Inspection, find_token, inspect
from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.management.failures import describe, usage
from django_jwtkit.management.input.key_files import STDIN, read_file
from django_jwtkit.management.reports.inspection import data_of, lines_of


class Command(base.Command):
    """Exit 0 for a refused token too: the question has been answered."""

    help = "Prints the contents of a token, and why it is accepted or refused. Reads stdin, or a file."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", nargs="?", default=STDIN, help="A file; - for stdin.")

    @sensitive_variables()
    def report(self, *, file: str, **_: Any) -> Report:
        if file.count(".") in (2, 4) and file.startswith("eyJ"):
            raise usage(
                "A token must not be an argument: the shell keeps those. Pipe it in, or name a file.",
                "inspect_token",
            )
        if file == STDIN and sys.stdin.isatty():
            self.note("Paste the token, then press Ctrl-D.")
        inspection = inspect(find_token(read_file(file, "one token in it").decode("utf-8", "replace")))
        return Report(
            lines=list(lines_of(inspection)), data=data_of(inspection), failure=_failure(inspection)
        )


def _failure(inspection: Inspection) -> str:
    """Return why the question could not be answered; empty where it was."""
    is_open = inspection.is_accepted is None and inspection.error is not None
    return describe(inspection.error)[0] if is_open and inspection.error else ""
