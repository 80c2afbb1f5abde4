"""The whole of django_jwtkit in half a minute: `python -m testproject.demo [--check] [--port N]`.

Tells a story over real HTTP against a server of its own, on a database of its own, then serves until Ctrl-C.
`--check` tells it on a free port and exits 0, or 1 where a promise was not kept.
"""

import argparse
import os
import signal
import sys
import time
from http.client import HTTPException
from io import TextIOWrapper
from shlex import quote
from subprocess import SubprocessError
from typing import Final

from testproject import terminal
from testproject.people import ADMIN, ALICE, PASSWORDS
from testproject.stage import CHECKOUT, BrokenPromiseError, PortTakenError, Stage, server, stage
from testproject.story import STORY, Cast

PORT: Final = 8000
FAULTS: Final = (BrokenPromiseError, OSError, HTTPException, SubprocessError, ValueError, LookupError)


def main() -> int:
    port, check = parse()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a tick that a terminal can't show must not end the story
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job inherits it ignored
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped too
    try:
        return play(port, check=check)
    except PortTakenError as fault:
        print(f"Port {port} is not free: {fault}", file=sys.stderr)
        print("Choose another one: python -m testproject.demo --port 8001", file=sys.stderr)
    except BrokenPromiseError as fault:
        print(f"The demo could not start: {fault}", file=sys.stderr)
    except KeyboardInterrupt:
        terminal.say("\nBye.")
        return 0
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def parse() -> tuple[int, bool]:
    """Return the port and whether this is a check."""
    parser = argparse.ArgumentParser(prog="testproject.demo", description="See django_jwtkit at work.")
    parser.add_argument("--check", action="store_true", help="tell the story, then exit 0 or 1")
    parser.add_argument(
        "--port", type=int, help=f"where to serve (default {PORT}; 0, or a check: a free one)"
    )
    asked = parser.parse_args()
    port = (0 if asked.check else PORT) if asked.port is None else asked.port
    return port, asked.check


def play(port: int, *, check: bool) -> int:
    """Set the stage, tell the story, and serve if asked to; return the exit code."""
    terminal.heading("django_jwtkit: keys that rotate, tokens that are safe, sessions that end")
    with stage(port) as here, server(here):
        told = tell(Cast(here))
        if told and not check:
            invite(here)
            while True:
                time.sleep(3600)
        return 0 if told else 1


def tell(cast: Cast) -> bool:
    """Play all steps; stop at the first that breaks a promise, and say which."""
    start = time.monotonic()
    for title, step in STORY:
        try:
            evidence = list(step(cast))
        except FAULTS as fault:
            terminal.failed(title, str(fault) or type(fault).__name__)
            return False
        terminal.passed(title, evidence)
    terminal.say(f"\n  {len(STORY)} promises kept in {time.monotonic() - start:.1f} s.")
    return True


def invite(here: Stage) -> None:
    """Say where to look and what to paste."""
    terminal.heading("Look around")
    terminal.say(f"  The story with buttons   {here.url}/")
    terminal.say(f"  The admin                {here.url}/admin/   {ADMIN} / {PASSWORDS[ADMIN]}")
    terminal.say(f"  The public keys          {here.url}/.well-known/jwks.json")
    for title, lines in (("Be a client", client(here)), ("Be the operator", operator(here))):
        terminal.heading(f"{title}: paste into another terminal")
        for line in lines:
            terminal.say(f"  {line}")
    terminal.say("\n  Serving until Ctrl-C.")


def client(here: Stage) -> tuple[str, ...]:
    """A login, a call, and the public keys, for a shell."""
    read = 'import json, sys; print(json.load(sys.stdin)["access"])'
    return (
        f"TOKEN=$(curl -s {here.url}/api/token/ -d username={ALICE} -d password={PASSWORDS[ALICE]} \\",
        f"    | {quote(sys.executable)} -c '{read}')",
        f'curl -i {here.url}/api/me/ -H "Authorization: Bearer $TOKEN"',
        f"curl -i {here.url}/.well-known/jwks.json",
    )


def operator(here: Stage) -> tuple[str, ...]:
    """A look at the keys of this very server, for a shell."""
    variables = " ".join(f"{name}={quote(value)}" for name, value in here.environment.items())
    return (
        f"cd {quote(str(CHECKOUT))}",
        f"export {variables}",
        f"{quote(sys.executable)} manage.py list_keys",
    )


if __name__ == "__main__":
    sys.exit(main())
