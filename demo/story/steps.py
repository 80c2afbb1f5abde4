"""The steps of the story, a row each, in the order in which they are told."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from . import acts
from .player import Player, Turn


class Step(NamedTuple):
    """`needs` names the tokens that earlier steps have made, `makes` the one that this step makes."""

    name: str
    title: str
    sentence: str
    button: str
    act: Callable[[Player], Iterator[Turn]]
    needs: tuple[str, ...] = ()
    makes: str = ""


STORY: Final = (
    Step(
        "year",
        "A year of rotations has passed",
        "Each key was published long before it signed, and verified until its last token had expired.",
        "List the keys",
        acts.list_keys,
    ),
    Step(
        "login",
        "alice logs in",
        "A name and a password become two tokens. One opens the API, the other gets the next pair.",
        "Log in as alice",
        acts.first_login,
        makes="first",
    ),
    Step(
        "call",
        "Her token opens the API",
        "The access token is in the header. The server checks signature, claims, user and session.",
        "Ask who I am",
        acts.first_call,
        needs=("first",),
    ),
    Step(
        "rotate",
        "The signing key is rotated, in another process",
        "The standby has been published for so long that every consumer has it. From now on it signs.",
        "Rotate now",
        acts.rotate,
    ),
    Step(
        "still",
        "The old token is still accepted",
        "A retired key verifies until its last token has expired. A rotation logs nobody out.",
        "Ask with the old token",
        acts.old_token,
        needs=("first",),
    ),
    Step(
        "again",
        "A new login is signed by the new key",
        "No server was restarted. Compare the kid with the first one.",
        "Log in again",
        acts.second_login,
        needs=("first",),
        makes="second",
    ),
    Step(
        "revoke",
        "The old key is revoked",
        "Suppose that the first key has leaked. The command requires a reason, and records it.",
        "Revoke the first token’s key",
        acts.revoke,
        needs=("first",),
    ),
    Step(
        "refused",
        "The old token is refused",
        "Here every process knows within a second. The client learns no more than it must.",
        "Ask with the old token",
        acts.revoked_token,
        needs=("first",),
    ),
    Step(
        "pay",
        "A payment travels encrypted",
        "An order to pay is signed, then encrypted. Only the first of its five parts can be read on the way.",
        "Order a payment",
        acts.pay,
        needs=("second",),
        makes="payment",
    ),
    Step(
        "read",
        "The server reads the payment",
        "The server decrypts it with its own key, and requires the signature inside.",
        "Read the payment",
        acts.read_payment,
        needs=("second", "payment"),
    ),
    Step(
        "service",
        "A second service verifies with the JWKS alone",
        "It is another process, without Django, and knows one address: that of the public keys.",
        "Ask the second service",
        acts.ask_second_service,
        needs=("first", "second"),
    ),
    Step(
        "partner",
        "A partner’s token opens the API, too",
        "The settings trust the partner’s identity provider, and its subject is linked to alice.",
        "Ask with the partner’s token",
        acts.partners_token,
        makes="partner",
    ),
    Step(
        "stray",
        "A partner’s token for another service is refused",
        "The signature is good, the audience is not. The operator reads the reason, the client does not.",
        "Ask with a token for another service",
        acts.stray_token,
    ),
    Step(
        "logout",
        "Logging out ends the session at once",
        "The session ends, and its access token with it.",
        "Log out",
        acts.log_out,
        needs=("second",),
    ),
)
