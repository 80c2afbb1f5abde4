"""A player sends real requests to a running server, and runs commands beside it as an operator would."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from django_jwtkit import jose

from .exchange import Exchange, call, shorten

CHECKOUT: Final = Path(__file__).resolve().parents[2]


class BrokenPromiseError(Exception):
    """A promise was not kept. The message says which one, and what happened instead."""


class CommandFailedError(BrokenPromiseError):
    """A management command has failed, with this exit code."""

    def __init__(self, message: str, returncode: int) -> None:
        super().__init__(message)
        self.returncode = returncode


class Turn(NamedTuple):
    """A request or command and its answer. The terminal shows `evidence`, the page the rest."""

    sent: str
    came: str
    good: bool
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True)
class Player:
    """The address of the server, the tokens so far, and the variables of the server's environment."""

    host: str
    tokens: dict[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def kid(self, token: str) -> str:
        """Return the ID of the key that signed a token of this name."""
        return str(jose.unverified_header(self.tokens[token])["kid"])

    def call(
        self, method: str, path: str, *, token: str = "", body: Mapping[str, object] | None = None
    ) -> Exchange:
        """Send one HTTP request, with the token of this name, and return the exchange."""
        return call(self.host, method, path, token=self.tokens.get(token, ""), body=body)

    def run(self, *arguments: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """Run this Python with `arguments` in a process of its own. Its output is text."""
        return subprocess.run(  # noqa: S603
            [sys.executable, *arguments],
            cwd=CHECKOUT,
            env=os.environ | self.environment | {"PYTHONIOENCODING": "utf-8"},
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )

    def manage(self, *arguments: str, stdin: str = "") -> Turn:
        """Run a management command. Raises `CommandFailedError` if it fails."""
        ran = self.run("manage.py", *arguments, stdin=stdin)
        command = " ".join(f"'{argument}'" if " " in argument else argument for argument in arguments)
        if ran.returncode:
            said = (ran.stderr or ran.stdout).strip()
            raise CommandFailedError(f"manage.py {command} failed:\n{said}", ran.returncode)
        sent = f"$ python manage.py {command}"
        return Turn(sent, shorten(ran.stdout.strip()), good=True, evidence=(sent, *ran.stdout.splitlines()))
