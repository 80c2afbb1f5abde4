"""Who lives in the demo, and what alice wants to pay. The passwords are no secret: the demo prints them."""

from typing import Final

ADMIN: Final = "admin"
ALICE: Final = "alice"
PASSWORDS: Final = {ADMIN: "keys-rotate-here", ALICE: "wonderland-at-five"}
ORDER: Final[dict[str, object]] = {
    "amount": "1250.00",
    "currency": "EUR",
    "account": "DE02120300000000202051",
}
