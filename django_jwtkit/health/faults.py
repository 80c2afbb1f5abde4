"""The faults in words: each is a row of a table, with the command that fixes it."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_noop

from django_jwtkit.wording import Command, Message
from django_jwtkit.wording import message as _

from .values import Fault, Kind

REPLACE: Final = "python manage.py rotate_keys --ring {ring} --now --force"
ROTATE: Final = "python manage.py rotate_keys --ring {ring}"
REVOKE: Final = "python manage.py revoke_key {kid} --reason damaged"

ENCRYPTION: Final = "enc"

TABLE: Final[Mapping[Kind, tuple[str, str]]] = {
    Kind.UNREADABLE: (gettext_noop("The health of the keys can't be read: {reason}."), ""),
    Kind.TAMPERED: ("{reason}", REVOKE),
    Kind.SEALING: (gettext_noop("{keys} can't be opened on this machine, of: {rings}. {reason}"), REPLACE),
    Kind.NO_SIGNER: (
        gettext_noop("Ring {ring} has no key that signs: no token of it can be issued."),
        ROTATE,
    ),
    Kind.DENIED: ("{reason}", ROTATE),
    Kind.SIGNER: (gettext_noop("Ring {ring} can't sign. {reason}"), REPLACE),
    Kind.STANDBY: (gettext_noop("Ring {ring}: the next key can't be used. {reason}"), REPLACE),
    Kind.VERIFIER: (gettext_noop("Ring {ring}: tokens of a key are refused. {reason}"), REVOKE),
    Kind.NO_STANDBY: (
        gettext_noop("Ring {ring} has no next key, and its key has been signing since {since}."),
        ROTATE,
    ),
    Kind.JOB: (gettext_noop("Ring {ring}: rotate_keys {reason}. A run is promised within {interval}."), ""),
}
OF_ENCRYPTION: Final[Mapping[Kind, str]] = {
    Kind.NO_SIGNER: gettext_noop("Ring {ring} has no key that encrypts: no token of it can be issued."),
    Kind.SIGNER: gettext_noop("Ring {ring} can't encrypt. {reason}"),
}
"""The same of a ring whose keys encrypt."""


def fault(
    kind: Kind,
    *,
    ring: str = "",
    kid: str = "",
    use: str = "",
    reason: str = "",
    remedy: str = "",
    **facts: object,
) -> Fault:
    """Return the fault of `kind` about `ring` and `kid`; `remedy` takes the place of the usual one."""
    text, command = TABLE[kind]
    text = OF_ENCRYPTION.get(kind, text) if use == ENCRYPTION else text
    usual = _("Run: {command}", command=Command(command.format(ring=ring, kid=kid))) if command else ""
    message = Message(text, {"ring": ring, "reason": reason, **facts})
    return Fault(kind, ring, kid, message, remedy or usual, reason)
