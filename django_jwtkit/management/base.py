"""What every command of ours shares: a report for people or for programs, exit codes, errors with a mend."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Never

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError
from django.utils.text import capfirst

from django_jwtkit import errors, keys
from django_jwtkit.jose import jwa
from django_jwtkit.keys.store import operator
from django_jwtkit.wording import database_fault, did_you_mean, escape, iso

__all__ = ["Command", "Report", "known_algorithm", "operator", "told", "usage"]

FAILURE: Final = 1
USAGE: Final = 2
UNSAFE: Final = 3

SOURCE: Final = "command"
MAX_LINE: Final = 10_000  # characters


@dataclass(frozen=True, slots=True)
class Report:
    """What a command has to say, to people and to programs; `failed` says why it is a failure still."""

    lines: Sequence[str]
    data: Mapping[str, object]
    failed: str = ""
    returncode: int = FAILURE


class Command(BaseCommand):
    """A command that says what happened and what comes next; with `--json` one object on stdout.

    Exit codes: 0 done or nothing due, 1 failure, 2 usage, 3 refused as unsafe. Of the system checks only ours
    run: another app's fault must not keep keys from rotating.
    """

    requires_system_checks: tuple[str, ...] = ("jwtkit",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print one JSON object, for programs.")

    def report(self, *args: Any, **options: Any) -> Report:
        """Do the work."""
        raise NotImplementedError

    def handle(self, *_: object, **options: Any) -> None:
        try:
            report = self.report(**options)
        except (errors.JWTKitError, ImproperlyConfigured, DatabaseError, CommandError) as error:
            self._fail(error, as_json=options["json"])
        if options["json"]:
            self._write_json(report.data)
        else:
            for line in report.lines:
                self.say(line)
        if report.failed:
            raise CommandError(self._fitting(report.failed), returncode=report.returncode)

    def say(self, line: str) -> None:
        """Write to people; what the terminal cannot show, or would obey, is escaped."""
        self.stdout.write(self._fitting(escape(line, MAX_LINE)))

    def note(self, line: str) -> None:
        """Write beside the answer, to stderr: progress and questions."""
        self.stderr.write(self._fitting(escape(line, MAX_LINE)), self.style.NOTICE)

    def confirm(self, question: str) -> bool:
        """Ask on the terminal; the question goes to stderr, so that stdout holds nothing but the answer."""
        self.stderr.write(self._fitting(escape(question, MAX_LINE)), self.style.WARNING, ending=" [y/N] ")
        self.stderr.flush()
        try:
            return sys.stdin.readline().strip().casefold() in ("y", "yes")
        except KeyboardInterrupt:
            return False

    def can_show(self, text: str) -> bool:
        """Whether stdout has all the characters of `text`."""
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

    def _fitting(self, text: str) -> str:
        """Return the lines of `text`, each escaped, in characters that stdout has."""
        clean = "\n".join(escape(line, MAX_LINE) for line in text.split("\n"))
        return clean.encode(self._encoding(), "backslashreplace").decode(self._encoding())

    def _fail(self, error: Exception, *, as_json: bool) -> Never:
        message, returncode = told(error)
        if as_json:
            safe_from = getattr(error, "safe_from", None)
            fault = {
                "code": getattr(error, "code", "failure"),
                "message": message,
                "safe_from": iso(safe_from),
            }
            self._write_json({"error": fault})
        raise CommandError(self._fitting(message), returncode=returncode) from error


RETURN_CODES: Final[Mapping[type[Exception], int]] = {
    errors.UnsafeRotation: UNSAFE,
    errors.UnknownRing: USAGE,
}
MENDS: Final[Mapping[type[Exception], str]] = {
    errors.NoUsableKey: "python manage.py rotate_keys",
    errors.KeyringStale: "python manage.py migrate",
    ImproperlyConfigured: "python manage.py check",
}
"""The command to paste where the message of the error names none."""


def told(error: Exception) -> tuple[str, int]:
    """What to say about `error`, with a command to paste, and the exit code."""
    code = error.returncode if isinstance(error, CommandError) else RETURN_CODES.get(type(error), FAILURE)
    mend = next((mend for kind, mend in MENDS.items() if isinstance(error, kind)), "")
    if isinstance(error, DatabaseError):
        return f"{escape(_one_line(error))}\n{capfirst(database_fault(error))}", code
    several_lines = isinstance(error, (CommandError, errors.UnsafeRotation))  # and nothing that others wrote
    message = str(error).strip() if several_lines else escape(_one_line(error), MAX_LINE)
    return (message if not mend or mend in message else f"{message}\nRun: {mend}"), code


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def usage(message: str, command: str) -> CommandError:
    """The error for a command line that cannot be meant."""
    return CommandError(f"{escape(message)}\nSee: python manage.py {command} --help", returncode=USAGE)


def known_algorithm(policy: keys.Policy, algorithm: str, command: str) -> None:
    """See that `algorithm`, where one is given, is one for the ring of `policy`. Raises a usage error."""
    tables = {"sig": jwa.SIGNATURES, "enc": jwa.KEY_MANAGEMENT}
    known = tables[policy.use]
    if not algorithm or algorithm in known:
        return
    hint = did_you_mean(algorithm, known)
    raise usage(f"{algorithm!r} is no algorithm for keys of ring {policy.ring}. {hint}", command)
