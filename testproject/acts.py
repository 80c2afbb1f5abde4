"""What the buttons do: each act is one real thing, and gives what went over the wire."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TypedDict

from django.core.management import CommandError, call_command

from django_jwtkit import jose

from .exchange import Exchange, call, shorten
from .people import ALICE, ORDER, PASSWORDS


class Turn(TypedDict):
    """Something sent, and what came back."""

    sent: str
    came: str
    good: bool


@dataclass(frozen=True)
class Visit:
    """Where our own server listens, and the tokens that this visitor holds."""

    host: str
    tokens: dict[str, str]

    def call(
        self, method: str, path: str, *, token: str = "", body: dict[str, object] | None = None
    ) -> Exchange:
        """One real request to ourselves, as any client would make it."""
        return call(self.host, method, path, token=self.tokens.get(token, ""), body=body)


def log_in(visit: Visit, name: str) -> Iterator[Turn]:
    seen = visit.call("POST", "/api/token/", body={"username": ALICE, "password": PASSWORDS[ALICE]})
    if seen.status == 200:
        visit.tokens[name] = str(seen.json["access"])
    yield turn(seen)


def ask(visit: Visit, name: str) -> Iterator[Turn]:
    yield turn(visit.call("GET", "/api/me/", token=name))


def rotate(_: Visit, __: str) -> Iterator[Turn]:
    yield command("rotate_keys", "--ring", "access", "--now")


def revoke(visit: Visit, name: str) -> Iterator[Turn]:
    kid = str(jose.unverified_header(visit.tokens[name])["kid"])
    # `--`: one thumbprint in 64 begins with a dash.
    yield command("revoke_key", "--reason", "a laptop was stolen", "--noinput", "--", kid)


def pay(visit: Visit, name: str) -> Iterator[Turn]:
    seen = visit.call("POST", "/api/payments/", token=name, body=ORDER)
    if seen.status == 201:
        visit.tokens["payment"] = str(seen.json["payment"])
    yield turn(seen)


def read_back(visit: Visit, _: str) -> Iterator[Turn]:
    body: dict[str, object] = {"payment": visit.tokens["payment"]}
    yield turn(visit.call("POST", "/api/payments/read/", token="second", body=body))


def second_service(visit: Visit, name: str) -> Iterator[Turn]:
    url = f"http://{visit.host}/.well-known/jwks.json"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "testproject.second_service", url],
        cwd=Path(__file__).resolve().parent.parent,
        input=visit.tokens[name],
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    sent = f'$ echo "$TOKEN" | python -m testproject.second_service {url}'
    yield Turn(sent=sent, came=shorten((done.stdout or done.stderr).strip()), good=not done.returncode)


def log_out(visit: Visit, name: str) -> Iterator[Turn]:
    yield turn(visit.call("POST", "/api/logout/", token=name))
    yield from ask(visit, name)


def turn(seen: Exchange) -> Turn:
    return Turn(sent=seen.request, came=seen.response, good=seen.status < 400)


def command(*arguments: str) -> Turn:
    """Run a management command as an operator would, and return what it said."""
    shown = " ".join(f"'{argument}'" if " " in argument else argument for argument in arguments)
    output = StringIO()
    try:
        call_command(*arguments, stdout=output, stderr=output, no_color=True)
    except CommandError as refusal:
        return Turn(sent=f"$ python manage.py {shown}", came=f"{output.getvalue()}{refusal}", good=False)
    return Turn(sent=f"$ python manage.py {shown}", came=output.getvalue().strip(), good=True)
