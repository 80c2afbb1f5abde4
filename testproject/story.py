"""The story, step by step: each does something real, proves what came of it, and returns the evidence."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from django_jwtkit import jose
from testproject.anatomy import octets
from testproject.exchange import Exchange, shorten
from testproject.people import ALICE, ORDER, PASSWORDS
from testproject.stage import BrokenPromiseError, Stage

SEEN_WITHIN: Final = 10.0  # seconds: KEYRING_MAX_AGE of the demo is 1, the rest is for slow machines
REASON: Final = "a laptop was stolen"


@dataclass
class Cast:
    """What alice and the operator hold while the story goes on."""

    stage: Stage
    tokens: dict[str, str] = field(default_factory=dict)

    def kid(self, name: str) -> str:
        return str(jose.unverified_header(self.tokens[name])["kid"])


def expect(exchange: Exchange, status: int, said: str = "") -> Exchange:
    """Return the exchange if it ended as promised; raise `BrokenPromiseError` with all of it otherwise."""
    if exchange.status != status or said not in exchange.response_body:
        raise BrokenPromiseError(f"promised was {status} {said}; this came:\n{exchange}")
    return exchange


def demand(kept: bool, complaint: str) -> None:
    if not kept:
        raise BrokenPromiseError(complaint)


def until(probe: Callable[[], Exchange], kept: Callable[[Exchange], bool], promise: str) -> float:
    """Ask again and again; return after how many seconds the promise held.

    Raises `BrokenPromiseError` where it never did.
    """
    start = time.monotonic()
    while not kept(seen := probe()):
        if time.monotonic() - start > SEEN_WITHIN:
            raise BrokenPromiseError(f"{promise}: not within {SEEN_WITHIN:g} s; the last answer was:\n{seen}")
        time.sleep(0.1)
    return time.monotonic() - start


def log_in(cast: Cast, name: str) -> Exchange:
    seen = expect(
        cast.stage.call("POST", "/api/token/", body={"username": ALICE, "password": PASSWORDS[ALICE]}),
        200,
        "access",
    )
    cast.tokens[name] = str(seen.json["access"])
    return seen


def me(cast: Cast, name: str) -> Exchange:
    return cast.stage.call("GET", "/api/me/", token=cast.tokens[name])


def a_year(cast: Cast) -> Iterator[str]:
    found = json.loads(cast.stage.manage("list_keys", "--ring", "access", "--json"))["keys"]
    states = [str(key["state"]).lower() for key in found]
    demand({"active", "standby"} <= set(states), f"no active or no standby key: {states}")
    yield f"{len(found)} keys of the ring “access”: " + ", ".join(
        f"{states.count(state)} {state}" for state in dict.fromkeys(states)
    )


def first_login(cast: Cast) -> Iterator[str]:
    seen = log_in(cast, "first")
    yield f"POST /api/token/ → {seen.status}"
    yield f"header {json.dumps(dict(jose.unverified_header(cast.tokens['first'])))}"


def first_call(cast: Cast) -> Iterator[str]:
    seen = expect(me(cast, "first"), 200, ALICE)
    yield f"GET /api/me/ → {seen.status} {seen.json['username']}"


def rotate(cast: Cast) -> Iterator[str]:
    yield "$ python manage.py rotate_keys --ring access --now"
    yield from cast.stage.manage("rotate_keys", "--ring", "access", "--now").splitlines()


def still_accepted(cast: Cast) -> Iterator[str]:
    seen = expect(me(cast, "first"), 200, ALICE)
    yield f"GET /api/me/ → {seen.status}, signed by {cast.kid('first')[:12]}…, which no longer signs"


def new_kid(cast: Cast) -> Iterator[str]:
    def other_key(_: Exchange) -> bool:
        return cast.kid("second") != cast.kid("first")

    until(lambda: log_in(cast, "second"), other_key, "a login after the rotation is signed by the next key")
    expect(me(cast, "second"), 200, ALICE)
    yield f"POST /api/token/ → 200, signed by {cast.kid('second')[:12]}…; the server was not restarted"
    expect(me(cast, "first"), 200, ALICE)
    yield "and beside it the old token goes on to be accepted"


def revoke(cast: Cast) -> Iterator[str]:
    kid = cast.kid("first")
    yield f"$ python manage.py revoke_key --reason '{REASON}' --noinput -- {kid}"
    # `--`: one thumbprint in 64 begins with a dash.
    yield from cast.stage.manage("revoke_key", "--reason", REASON, "--noinput", "--", kid).splitlines()


def refused(cast: Cast) -> Iterator[str]:
    took = until(
        lambda: me(cast, "first"), lambda seen: seen.status == 401, "a token of a revoked key is refused"
    )
    seen = expect(me(cast, "first"), 401, "token_not_valid")
    yield f"GET /api/me/ → {seen.status} {seen.json['detail']!r}, {took:.1f} s after the command"
    yield f"WWW-Authenticate: {seen.response_headers['WWW-Authenticate']}"
    yield "$ python manage.py inspect_token < token   (the reason is for the operator)"
    told = cast.stage.manage("inspect_token", stdin=cast.tokens["first"])
    demand("REVOKED" in told, f"inspect_token does not name the reason:\n{told}")
    yield from (line for line in told.splitlines() if line.startswith(("Key:", "Verdict:")))
    expect(me(cast, "second"), 200, ALICE)
    yield "the token of the new key is as good as before"


def pay(cast: Cast) -> Iterator[str]:
    seen = expect(cast.stage.call("POST", "/api/payments/", token=cast.tokens["second"], body=ORDER), 201)
    token = cast.tokens["payment"] = str(seen.json["payment"])
    demand(token.count(".") == 4, "an encrypted token has five parts")
    open_text = b"".join(map(octets, token.split(".")))
    demand(str(ORDER["account"]).encode() not in open_text, "the account number can be read on the way")
    yield "POST /api/payments/ → 201, five parts: header, encrypted key, IV, ciphertext, tag"
    yield f"an eavesdropper sees {json.dumps(dict(jose.unverified_header(token)))} and noise"


def read_back(cast: Cast) -> Iterator[str]:
    body: dict[str, object] = {"payment": cast.tokens["payment"]}
    seen = expect(cast.stage.call("POST", "/api/payments/read/", token=cast.tokens["second"], body=body), 200)
    demand(seen.json == ORDER, f"other things came back than were sent: {seen.json}")
    yield f"POST /api/payments/read/ → 200 {json.dumps(seen.json)}"


def second_service(cast: Cast) -> Iterator[str]:
    url = f"{cast.stage.url}/.well-known/jwks.json"
    command = ("-m", "testproject.second_service", url)
    accepted = cast.stage.run(*command, stdin=cast.tokens["second"])
    demand(accepted.returncode == 0, f"the second service refused a good token: {accepted.stderr}")
    yield f"$ python -m testproject.second_service {url}"
    yield f"accepted: {json.dumps(json.loads(accepted.stdout))}"
    revoked = cast.stage.run(*command, stdin=cast.tokens["first"])
    demand(revoked.returncode == 1, f"the second service took a token of a revoked key: {revoked.stdout}")
    yield f"the first token: {shorten(revoked.stderr.strip())}"


def log_out(cast: Cast) -> Iterator[str]:
    expect(cast.stage.call("POST", "/api/logout/", token=cast.tokens["second"]), 204)
    seen = expect(me(cast, "second"), 401, "Session has ended")
    yield f"POST /api/logout/ → 204; GET /api/me/ → {seen.status} {seen.json['detail']!r}"


STORY: Final[tuple[tuple[str, Callable[[Cast], Iterator[str]]], ...]] = (
    ("A year of rotations lies behind us", a_year),
    ("alice logs in", first_login),
    ("Her token opens the API", first_call),
    ("The signing key is rotated, in another process", rotate),
    ("The old token is still accepted", still_accepted),
    ("A new login is signed by the new key", new_kid),
    ("The old key is revoked", revoke),
    ("The old token is refused", refused),
    ("A payment travels encrypted", pay),
    ("and is read back by those who hold the key", read_back),
    ("A second service without Django verifies by the JWKS alone", second_service),
    ("Logging out ends the session at once", log_out),
)
