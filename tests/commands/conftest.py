"""Commands are run as from the shell: argv in; stdout, stderr and the exit code out."""

import io
import json
import sys
from dataclasses import dataclass
from unittest import mock

import pytest
from django.core.management import CommandError, call_command

from django_jwtkit import moments
from django_jwtkit.keys import State
from tests.keys.rows import key_in

WIDE = 1000  # columns: a sentence is one line


@dataclass
class Outcome:
    out: str
    err: str
    code: int

    @property
    def data(self):
        """The one object on stdout."""
        return json.loads(self.out)


class Stdin(io.TextIOWrapper):
    """The text that is piped in, or typed on a terminal."""

    def __init__(self, text, *, terminal):
        super().__init__(io.BytesIO(text.encode()), encoding="utf-8")
        self.terminal = terminal

    def isatty(self):
        return self.terminal


@pytest.fixture
def run(monkeypatch):
    """Run a command; `typed` is a person's answer on a terminal, `piped` what a program sends."""

    def run(name, *args, piped="", typed=None, stdout=None, columns=WIDE):
        out, err = stdout or io.StringIO(), io.StringIO()
        monkeypatch.setattr(
            sys, "stdin", Stdin(typed if typed is not None else piped, terminal=typed is not None)
        )
        monkeypatch.setenv("COLUMNS", str(columns))
        try:
            call_command(name, *args, stdout=out, stderr=err)
        except CommandError as error:
            return Outcome(_read(out), f"{err.getvalue()}{error}", error.returncode)
        return Outcome(_read(out), err.getvalue(), 0)

    return run


def _read(out):
    if isinstance(out, io.StringIO):
        return out.getvalue()
    out.flush()
    return out.buffer.getvalue().decode(out.encoding)


@pytest.fixture
def later():
    """Move the clock of the whole process."""

    def later(by):
        return mock.patch("django.utils.timezone.now", return_value=moments.now() + by)

    return later


@pytest.fixture
def a_key(db):
    """Return the key of a ring that is in a state now."""

    def a_key(ring="access", state=State.ACTIVE):
        return key_in(state, ring, moments.now())

    return a_key


@pytest.fixture
def alice(django_user_model):
    return django_user_model.objects.create_user("alice", password="a long pass phrase")
