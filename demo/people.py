"""The users of the demo, and the order that alice pays. The demo prints the passwords: they are no secret."""

from typing import Final

ADMIN: Final = "admin"
ALICE: Final = "alice"
PASSWORDS: Final = {ADMIN: "keys-rotate-here", ALICE: "wonderland-at-five"}
ORDER: Final[dict[str, object]] = {
    "amount": "1250.00",
    "currency": "EUR",
    "account": "DE02120300000000202051",
}
