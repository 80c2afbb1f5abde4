"""The story with buttons, a row a step."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from .acts import Turn, Visit, ask, log_in, log_out, pay, read_back, revoke, rotate, second_service


class Step(NamedTuple):
    """`holder` names the token that is used or made, `needs` the one that must be there."""

    name: str
    title: str
    sentence: str
    button: str
    act: Callable[[Visit, str], Iterator[Turn]]
    holder: str = ""
    needs: str = ""


STEPS: Final = (
    Step(
        "login",
        "Log in",
        "A name and a password become two tokens: one that opens the API for minutes, "
        "one that fetches the next.",
        "Log in as alice",
        log_in,
        "first",
    ),
    Step(
        "call",
        "Call the API",
        "The access token goes into the header. The server checks signature, claims, user and session.",
        "Ask who I am",
        ask,
        "first",
        "first",
    ),
    Step(
        "rotate",
        "Rotate the signing key",
        "The standby has been public for long enough, so that every consumer knows it. From now on it signs.",
        "Rotate now",
        rotate,
    ),
    Step(
        "still",
        "The old token still works",
        "A retired key verifies until its last token has expired. A rotation logs nobody out.",
        "Ask with the old token",
        ask,
        "first",
        "first",
    ),
    Step(
        "again",
        "The new key signs",
        "No server was restarted. Compare the kid with the first one.",
        "Log in again",
        log_in,
        "second",
    ),
    Step(
        "revoke",
        "Revoke a key",
        "Say that the first key has leaked. A reason is demanded, and kept.",
        "Revoke the first token’s key",
        revoke,
        "first",
        "first",
    ),
    Step(
        "refused",
        "Its tokens are refused",
        "Every process knows within a second here. The client hears no more than it must.",
        "Ask with the old token",
        ask,
        "first",
        "first",
    ),
    Step(
        "pay",
        "Send something confidential",
        "An order to pay is signed, then encrypted. Only the first of its five parts can be read on the way.",
        "Order a payment",
        pay,
        "second",
        "second",
    ),
    Step(
        "read",
        "and read it back",
        "The server opens it with its own key, and demands the signature inside.",
        "Read the payment",
        read_back,
        "second",
        "payment",
    ),
    Step(
        "service",
        "A second service verifies",
        "Another process, without Django, that knows one address: the public keys.",
        "Ask the second service",
        second_service,
        "second",
        "second",
    ),
    Step(
        "logout",
        "Log out",
        "The session ends, and its access token ends with it.",
        "Log out",
        log_out,
        "second",
        "second",
    ),
)
