"""Errors as commands tell them: a message with a command to paste, and an exit code."""

from collections.abc import Mapping
from typing import Final

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import Error as DatabaseError
from django.utils.text import capfirst

from django_jwtkit import errors
from django_jwtkit.wording import database_fault, escape

FAILURE: Final = 1
USAGE: Final = 2
UNSAFE: Final = 3
BROKEN_PIPE: Final = 141  # 128 + SIGPIPE, as a shell reports any program whose reader has gone

MAX_LINE: Final = 10_000  # characters

RETURN_CODES: Final[Mapping[type[Exception], int]] = {
    errors.SealingKeyInUse: UNSAFE,
    errors.UnsafeRotation: UNSAFE,
    errors.UnknownRing: USAGE,
}
REMEDIES: Final[Mapping[type[Exception], str]] = {
    errors.NoUsableKey: "python manage.py rotate_keys",
    errors.KeyringStale: "python manage.py migrate",
    ImproperlyConfigured: "python manage.py check",
}
"""The command to paste where the message of the error names none."""


def describe(error: Exception) -> tuple[str, int]:
    """Return a message about `error`, with a command to paste, and the exit code."""
    code = error.returncode if isinstance(error, CommandError) else RETURN_CODES.get(type(error), FAILURE)
    if isinstance(error, DatabaseError):
        return f"{escape(_one_line(error))}\n{capfirst(database_fault(error))}", code
    remedy = next((command for kind, command in REMEDIES.items() if isinstance(error, kind)), "")
    may_have_lines = isinstance(error, (CommandError, errors.UnsafeRotation))  # our own text only
    message = str(error).strip() if may_have_lines else escape(_one_line(error), MAX_LINE)
    return (message if not remedy or remedy in message else f"{message}\nRun: {remedy}"), code


def exit_code_after(broken_pipe: BrokenPipeError) -> int | str | None:
    """Return the exit code of a command whose reader has gone: that of the failure it was to tell, if any."""
    failure = broken_pipe.__context__
    if isinstance(failure, SystemExit):
        return failure.code
    return describe(failure)[1] if isinstance(failure, Exception) else BROKEN_PIPE


def usage(message: str, command: str) -> CommandError:
    """Return the error for arguments that `command` cannot take."""
    return CommandError(f"{escape(message)}\nSee: python manage.py {command} --help", returncode=USAGE)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
