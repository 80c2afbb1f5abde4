"""`inspect_token`: why is this token refused? By stdin or file: arguments stay in the shell's log."""

import sys
from typing import Any

from django.core.management.base import CommandParser
from django.views.decorators.debug import sensitive_variables

from django_jwtkit.management import base
from django_jwtkit.management.base import Report
from django_jwtkit.management.input.key_files import STDIN, read_file
from django_jwtkit.management.reports.inspection import inspect

PASTED = "Authorization: Bearer "


class Command(base.Command):
    """Exit 0 for a token that is refused as well: what was asked for has been said."""

    help = "Says what a token holds and why it is refused or accepted. Reads stdin, or a file."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", nargs="?", default=STDIN, help="A file; - for stdin.")

    @sensitive_variables()
    def report(self, *, file: str, **_: Any) -> Report:
        if file.count(".") in (2, 4) and file.startswith("eyJ"):
            raise base.usage(
                "A token is no argument, for the shell keeps those. Pipe it in, or name a file.",
                "inspect_token",
            )
        if file == STDIN and sys.stdin.isatty():
            self.note("Paste the token, then press Ctrl-D.")
        seen = inspect(_token(read_file(file, "one token in it")))
        return Report(lines=list(seen.lines()), data=seen.to_dict())


def _token(content: bytes) -> str:
    """The token itself, where somebody has pasted the whole header, its name or its scheme."""
    text = content.decode("utf-8", "replace").strip()
    for word in PASTED.split():
        if text[: len(word)].casefold() == word.casefold():
            text = text[len(word) :].lstrip()
    return text
