"""The faults in words: each is a row of a table, with the command that fixes it."""

from collections.abc import Mapping
from typing import Final

from .values import Fault, Kind

REPLACE: Final = "Run: python manage.py rotate_keys --ring {ring} --now --force"
ROTATE: Final = "Run: python manage.py rotate_keys --ring {ring}"
REVOKE: Final = "Run: python manage.py revoke_key {kid} --reason damaged"
CRON: Final = "Run: python manage.py rotate_keys, and have cron run it every {interval}."

TABLE: Final[Mapping[Kind, tuple[str, str]]] = {
    Kind.UNREADABLE: ("The health of the keys can't be read: {reason}.", ""),
    Kind.TAMPERED: ("{reason}", REVOKE),
    Kind.SEALING: ("{keys} can't be opened on this machine. {reason}", REPLACE),
    Kind.NO_SIGNER: ("Ring {ring} has no key that {work}s: no token of it can be issued.", ROTATE),
    Kind.SIGNER: ("Ring {ring} can't {work}. {reason}", REPLACE),
    Kind.STANDBY: ("Ring {ring}: the next key can't be used. {reason}", REPLACE),
    Kind.VERIFIER: ("Ring {ring}: tokens of a key are refused. {reason}", REVOKE),
    Kind.NO_STANDBY: ("Ring {ring} has had no next key since {since}.", ROTATE),
    Kind.JOB: ("Ring {ring}: rotate_keys {reason}, and is promised every {interval}.", CRON),
}


WORK: Final = {"sig": "sign", "enc": "encrypt"}


def fault(
    kind: Kind, *, ring: str = "", kid: str = "", reason: str = "", remedy: str = "", **facts: object
) -> Fault:
    """Return the fault of `kind` about `ring` and `kid`; `remedy` takes the place of the usual one."""
    message, usual = TABLE[kind]
    words = {"ring": ring, "kid": kid, "reason": reason, **facts}
    return Fault(kind, ring, kid, message.format(**words), remedy or usual.format(**words), reason)
