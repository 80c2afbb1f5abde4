"""The acts of the story. Each does something real, yields what happened, and checks that it was promised."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Final

from demo import partner
from demo.people import ALICE, ORDER, PASSWORDS
from django_jwtkit import jose

from .anatomy import octets
from .exchange import Exchange, shorten
from .player import BrokenPromiseError, CommandFailedError, Player, Turn

PATIENCE: Final = 10.0  # seconds: KEYRING_MAX_AGE of the demo is 1, the rest is for slow machines
UNSAFE: Final = 3  # the exit code of a command that is refused as unsafe
TOO_SOON: Final = (
    "The next key has been public for some seconds only, and not every service knows it yet. "
    "Wait a quarter of a minute, then rotate again."
)
REASON: Final = "a laptop was stolen"

Turns = Iterator[Turn]


def turn(exchange: Exchange, *evidence: str) -> Turn:
    """Return an exchange as a turn, with the lines for the terminal."""
    return Turn(exchange.request, exchange.response, exchange.status < 400, evidence)


def expect(exchange: Exchange, status: int, text: str = "") -> None:
    """Raise `BrokenPromiseError` unless the answer has this status and contains this text."""
    if exchange.status != status or text not in exchange.response_body:
        raise BrokenPromiseError(f"the promised answer is {status} {text}\n{exchange}")


def demand(kept: bool, complaint: str) -> None:
    """Raise `BrokenPromiseError` with the complaint unless the promise was kept."""
    if not kept:
        raise BrokenPromiseError(complaint)


def wait_until(probe: Callable[[], Exchange], is_kept: Callable[[Exchange], bool]) -> tuple[Exchange, float]:
    """Repeat a request until its answer is right; return it, and after how many seconds it came.

    After `PATIENCE`, return the last answer as it is.
    """
    start = time.monotonic()
    while not is_kept(exchange := probe()) and time.monotonic() - start < PATIENCE:
        time.sleep(0.1)
    return exchange, time.monotonic() - start


def entries(text: str, *names: str) -> Iterator[str]:
    """Yield the lines of `text` that begin with one of these names, and the lines that continue them."""
    is_wanted = False
    for line in text.splitlines():
        is_wanted = line.startswith(names) or (is_wanted and line.startswith(" "))
        if is_wanted:
            yield line


def log_in(player: Player, token: str) -> Exchange:
    """Log alice in, and keep her access token under this name."""
    exchange = player.call("POST", "/api/token/", body={"username": ALICE, "password": PASSWORDS[ALICE]})
    if exchange.status == 200:
        player.tokens[token] = str(exchange.json["access"])
    return exchange


def who_am_i(player: Player, token: str) -> Exchange:
    """Ask the API whose token this is."""
    return player.call("GET", "/api/me/", token=token)


def list_keys(player: Player) -> Turns:
    listed = player.manage("list_keys", "--ring", "access")
    rows = [line.split() for line in listed.came.splitlines()]
    states = [row[3].lower() for row in rows if row[1:2] == ["access"]]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    yield listed._replace(evidence=(f"{len(states)} keys of the ring “access”: {counts}",))
    demand({"active", "standby"} <= set(states), f"no active or no standby key: {counts}")


def first_login(player: Player) -> Turns:
    exchange = log_in(player, "first")
    expect(exchange, 200, "access")
    header = json.dumps(dict(jose.unverified_header(player.tokens["first"])))
    yield turn(exchange, f"POST /api/token/ → {exchange.status}", f"header {header}")


def first_call(player: Player) -> Turns:
    exchange = who_am_i(player, "first")
    yield turn(exchange, f"GET /api/me/ → {exchange.status} {exchange.json.get('username')}")
    expect(exchange, 200, ALICE)


def rotate(player: Player) -> Turns:
    try:
        yield player.manage("rotate_keys", "--ring", "access", "--now")
    except CommandFailedError as failed:
        if failed.returncode != UNSAFE:
            raise
        raise BrokenPromiseError(TOO_SOON) from failed


def old_token(player: Player) -> Turns:
    exchange = who_am_i(player, "first")
    signer = f"{player.kid('first')[:12]}…, which no longer signs"
    yield turn(exchange, f"GET /api/me/ → {exchange.status}, signed by {signer}")
    expect(exchange, 200, ALICE)


def second_login(player: Player) -> Turns:
    exchange, _ = wait_until(
        lambda: log_in(player, "second"), lambda _: player.kid("second") != player.kid("first")
    )
    expect(exchange, 200, "access")
    kid = f"{player.kid('second')[:12]}…"
    yield turn(exchange, f"POST /api/token/ → 200, signed by {kid}; the server was not restarted")
    demand(player.kid("second") != player.kid("first"), f"{kid} still signs, {PATIENCE:g} s later")
    expect(who_am_i(player, "second"), 200, ALICE)


def revoke(player: Player) -> Turns:
    # `--`: one thumbprint in 64 begins with a dash.
    yield player.manage("revoke_key", "--reason", REASON, "--noinput", "--", player.kid("first"))


def revoked_token(player: Player) -> Turns:
    exchange, seconds = wait_until(lambda: who_am_i(player, "first"), lambda answer: answer.status == 401)
    yield turn(
        exchange,
        f"GET /api/me/ → {exchange.status} {exchange.json.get('detail')!r}, {seconds:.1f} s later",
        f"WWW-Authenticate: {exchange.response_headers.get('WWW-Authenticate')}",
    )
    expect(exchange, 401, "token_not_valid")
    inspected = player.manage("inspect_token", stdin=player.tokens["first"])
    sent = f"{inspected.sent} < token   (the reason is for the operator)"
    yield inspected._replace(evidence=(sent, *entries(inspected.came, "Verdict:", "Elsewhere:")))
    demand(
        "its key was revoked" in inspected.came, f"inspect_token does not name the reason:\n{inspected.came}"
    )


def pay(player: Player) -> Turns:
    exchange = player.call("POST", "/api/payments/", token="second", body=ORDER)
    parts = "header, encrypted key, IV, ciphertext, tag"
    yield turn(exchange, f"POST /api/payments/ → {exchange.status}, five parts: {parts}")
    expect(exchange, 201)
    token = player.tokens["payment"] = str(exchange.json["payment"])
    demand(token.count(".") == 4, "an encrypted token must have five parts")
    in_the_clear = b"".join(map(octets, token.split(".")))
    demand(str(ORDER["account"]).encode() not in in_the_clear, "the account number can be read on the way")


def read_payment(player: Player) -> Turns:
    body = {"payment": player.tokens["payment"]}
    exchange = player.call("POST", "/api/payments/read/", token="second", body=body)
    yield turn(exchange, f"POST /api/payments/read/ → {exchange.status} {json.dumps(exchange.json)}")
    demand(exchange.json == ORDER, f"the order is not the one that was sent:\n{exchange}")


def ask_second_service(player: Player) -> Turns:
    command = ("-m", "demo.second_service", f"{player.url}/.well-known/jwks.json")
    sent = f'$ echo "$TOKEN" | python {" ".join(command)}'
    accepted, refused = (player.run(*command, stdin=player.tokens[token]) for token in ("second", "first"))
    demand(accepted.returncode == 0, f"the second service refused a good token: {accepted.stderr}")
    claims = json.dumps(json.loads(accepted.stdout))
    yield Turn(sent, shorten(accepted.stdout.strip()), good=True, evidence=(sent, f"accepted: {claims}"))
    reason = shorten(refused.stderr.strip())
    yield Turn(sent, reason, good=False, evidence=(f"the first token: {reason}",))
    demand(refused.returncode == 1, f"the second service accepted a token of a revoked key: {refused.stdout}")


def partners_token(player: Player) -> Turns:
    player.tokens["partner"] = partner.issue(player.environment, "demo")
    exchange = who_am_i(player, "partner")
    yield turn(exchange, f"GET /api/me/ → {exchange.status} {ALICE}, by a token of {partner.ISSUER}")
    expect(exchange, 200, ALICE)


def stray_token(player: Player) -> Turns:
    text = player.tokens["stray"] = partner.issue(player.environment, "another-service")
    exchange = who_am_i(player, "stray")
    yield turn(exchange, f"GET /api/me/ → {exchange.status} {exchange.json.get('detail')!r}")
    expect(exchange, 401, "token_not_valid")
    inspected = player.manage("inspect_token", stdin=text)
    yield inspected._replace(evidence=(f"{inspected.sent} < token", *entries(inspected.came, "Verdict:")))
    demand("another audience" in inspected.came, f"inspect_token names no reason:\n{inspected.came}")


def log_out(player: Player) -> Turns:
    exchange = player.call("POST", "/api/logout/", token="second")
    yield turn(exchange, f"POST /api/logout/ → {exchange.status}")
    expect(exchange, 204)
    exchange = who_am_i(player, "second")
    yield turn(exchange, f"GET /api/me/ → {exchange.status} {exchange.json.get('detail')!r}")
    expect(exchange, 401, "Session has ended")
