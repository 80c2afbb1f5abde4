"""The base of our commands: a report for people or for programs, exit codes, errors with a remedy."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Never

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError

from django_jwtkit import errors
from django_jwtkit.keys.store import operator
from django_jwtkit.wording import escape, iso

from .colours import emphasize, is_spared
from .failures import FAILURE, MAX_LINE, describe, exit_code_after
from .layout import Verbatim, terminal_width, wrap

__all__ = ["SOURCE", "Command", "Report", "operator"]

SOURCE: Final = "command"
ERROR_PREFIX: Final = len("CommandError: ")  # as Django prints an error


@dataclass(frozen=True, slots=True)
class Report:
    """The answer of a command, for people and for programs; `failure` says why it is one after all."""

    lines: Sequence[str]
    data: Mapping[str, object]
    failure: str = ""
    returncode: int = FAILURE


class Command(BaseCommand):
    """A command that says what happened and what comes next; with `--json` it prints one object on stdout.

    Exit codes: 0 done or nothing due, 1 failure, 2 usage, 3 refused as unsafe. Only our system checks run:
    another app's fault must not keep keys from rotating.
    """

    requires_system_checks: tuple[str, ...] = ("jwtkit",)
    _has_colour = False

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Take no abbreviated options: a command that changes keys must not guess what was meant."""
        return super().create_parser(prog_name, subcommand, allow_abbrev=False, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print one JSON object, for programs.")

    def report(self, *args: Any, **options: Any) -> Report:
        """Do the work."""
        raise NotImplementedError

    def run_from_argv(self, argv: list[str]) -> None:
        """Run as from a shell. A reader that closes the pipe early (`| head`) ends the command quietly."""
        try:
            try:
                super().run_from_argv(argv)
            finally:
                sys.stdout.flush()
        except BrokenPipeError as error:
            # The interpreter flushes both streams once more when it exits, and would complain again.
            for stream in (sys.stdout, sys.stderr):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            sys.exit(exit_code_after(error))

    def execute(self, *args: Any, **options: Any) -> str | None:
        if is_spared(options):
            options["no_color"] = True
        return super().execute(*args, **options)

    def handle(self, *_: object, **options: Any) -> None:
        # Django asks the terminal of the process; a command may write elsewhere.
        self._has_colour = bool(options.get("force_color")) or self.stdout.isatty()
        try:
            report = self.report(**options)
        except (errors.JWTKitError, ImproperlyConfigured, DatabaseError, CommandError) as error:
            self._fail(error, as_json=options["json"])
        if options["json"]:
            self._write_json(report.data)
        else:
            for line in report.lines:
                self.say(line)
        if report.failure:
            raise CommandError(self._message(report.failure), returncode=report.returncode)

    def say(self, line: str) -> None:
        """Write to people, in lines that fit the terminal."""
        lines = self._fit(line)
        if self._has_colour:
            lines = [emphasize(each, self.style) for each in lines]
        self.stdout.write("\n".join(lines))

    def note(self, line: str) -> None:
        """Write beside the answer, to stderr: progress and explanations."""
        self.stderr.write("\n".join(self._fit(line)), self.style.NOTICE)

    def confirm(self, question: str) -> bool:
        """Ask on the terminal, by stderr, so that stdout holds nothing but the answer."""
        self.stderr.write("\n".join(self._fit(question)), self.style.WARNING, ending=" [y/N] ")
        self.stderr.flush()
        try:
            return sys.stdin.readline().strip().casefold() in ("y", "yes")
        except KeyboardInterrupt:
            return False

    def can_show(self, text: str) -> bool:
        """Return whether stdout has all the characters of `text`."""
        try:
            text.encode(self._encoding())
        except UnicodeEncodeError:
            return False
        return True

    def _write_json(self, data: Mapping[str, object]) -> None:
        text = json.dumps(data, default=str)  # ASCII, in which nothing but DEL is left to escape
        self.stdout.write(text.replace("\x7f", "\\u007f"))

    def _encoding(self) -> str:
        return getattr(self.stdout, "encoding", None) or "utf-8"

    def _fit(self, line: str, *, offset: int = 0) -> list[str]:
        """Return `line` without anything that the terminal lacks or would obey, wrapped to its width."""
        clean = escape(line, MAX_LINE).encode(self._encoding(), "backslashreplace").decode(self._encoding())
        return [clean] if isinstance(line, Verbatim) else wrap(clean, terminal_width(), offset=offset)

    def _message(self, text: str) -> str:
        first, *rest = text.split("\n")
        lines = [*self._fit(first, offset=ERROR_PREFIX), *(part for line in rest for part in self._fit(line))]
        return "\n".join(lines)

    def _fail(self, error: Exception, *, as_json: bool) -> Never:
        message, returncode = describe(error)
        if as_json:
            fault = {
                "code": getattr(error, "code", "failure"),
                "message": message,
                "safe_from": iso(getattr(error, "safe_from", None)),
            }
            self._write_json({"error": fault})
        raise CommandError(self._message(message), returncode=returncode) from error
