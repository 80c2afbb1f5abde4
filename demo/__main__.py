"""Tell the story in the terminal: `python -m demo [--check] [--port N]`.

It talks real HTTP to a server of its own, on a database of its own, then serves until Ctrl-C. `--check`
tells it on a free port and exits with 0, or with 1 if a promise was broken.
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

from demo import terminal
from demo.people import ADMIN, ALICE, PASSWORDS
from demo.stage import PortTakenError, stage
from demo.story import STORY, BrokenPromiseError, Player
from demo.story.player import CHECKOUT

PORT: Final = 8000
FAILURES: Final = (BrokenPromiseError, OSError, HTTPException, SubprocessError, ValueError, LookupError)


def main() -> int:
    port, check = parse()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that can't show a tick must not end the story
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job inherits it ignored
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server is stopped too
    try:
        return play(port, check=check)
    except PortTakenError as error:
        print(f"Port {port} is not free: {error}", file=sys.stderr)
        print("Choose another one: python3 run.py demo --port 8001", file=sys.stderr)
    except BrokenPromiseError as error:
        print(f"The demo could not start: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        terminal.say("\nBye.")
        return 0
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def parse() -> tuple[int, bool]:
    """Return the port and whether this is a check."""
    parser = argparse.ArgumentParser(prog="run.py demo", description="See django_jwtkit at work.")
    parser.add_argument("--check", action="store_true", help="tell the story, then exit with 0 or 1")
    parser.add_argument(
        "--port", type=int, help=f"where to serve (default {PORT}; 0, or a check: a free one)"
    )
    options = parser.parse_args()
    port = (0 if options.check else PORT) if options.port is None else options.port
    return port, options.check


def play(port: int, *, check: bool) -> int:
    """Set the stage, tell the story, and serve unless this is a check; return the exit code."""
    terminal.heading("django_jwtkit: keys that rotate, tokens that are safe, sessions that end")
    with stage(port) as player:
        if not check_story(player):
            return 1
        if not check:
            invite(player)
            while True:
                time.sleep(3600)
        return 0


def check_story(player: Player) -> bool:
    """Do all steps; stop at the first that breaks a promise, and return whether none did."""
    start = time.monotonic()
    for step in STORY:
        try:
            evidence = [line for turn in step.act(player) for line in turn.evidence]
        except FAILURES as failure:
            terminal.failed(step.title, str(failure) or type(failure).__name__)
            return False
        terminal.passed(step.title, evidence)
    terminal.say(f"\n  {len(STORY)} promises kept in {time.monotonic() - start:.1f} s.")
    return True


def invite(player: Player) -> None:
    """Print where to look, and commands to paste."""
    terminal.heading("Look around")
    terminal.say(f"  The story with buttons   {player.url}/")
    terminal.say(f"  The admin                {player.url}/admin/   {ADMIN} / {PASSWORDS[ADMIN]}")
    terminal.say(f"  The public keys          {player.url}/.well-known/jwks.json")
    for title, commands in (("Be a client", client_commands), ("Be the operator", operator_commands)):
        terminal.heading(f"{title}: paste into another terminal")
        for line in commands(player):
            terminal.say(f"  {line}")
    terminal.say("\n  Serving until Ctrl-C.")


def client_commands(player: Player) -> tuple[str, ...]:
    """Return shell commands: a login, a call, and the public keys."""
    read = 'import json, sys; print(json.load(sys.stdin)["access"])'
    return (
        f"TOKEN=$(curl -s {player.url}/api/token/ -d username={ALICE} -d password={PASSWORDS[ALICE]} \\",
        f"    | {quote(sys.executable)} -c '{read}')",
        f'curl -i {player.url}/api/me/ -H "Authorization: Bearer $TOKEN"',
        f"curl -i {player.url}/.well-known/jwks.json",
    )


def operator_commands(player: Player) -> tuple[str, ...]:
    """Return shell commands that list the keys of this server."""
    variables = " ".join(f"{name}={quote(value)}" for name, value in player.environment.items())
    return (
        f"cd {quote(str(CHECKOUT))}",
        f"export {variables}",
        f"{quote(sys.executable)} manage.py list_keys",
    )


if __name__ == "__main__":
    sys.exit(main())
