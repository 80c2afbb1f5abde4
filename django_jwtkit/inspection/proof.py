"""The proof of a token's header and claims in words, which stand beside them on every face."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from django.utils.translation import gettext_noop

from django_jwtkit.errors import (
    BadSignature,
    JWTKitError,
    KeyUnusableError,
    ServiceUnavailable,
    UnknownKey,
)
from django_jwtkit.wording import Code, Message
from django_jwtkit.wording import message as _

from .findings import MEMBERS, Examination, Outcome

VERIFIED: Final = _("verified")
FAILED: Final = gettext_noop("the signature is verified; failed checks: {checks}")
NOT_OPENED: Final = _("NOT verified, the token was not opened: anyone can write this")
UNSIGNED: Final = _("NOT verified, refused before the signature: anyone can write this")
UNPROVEN: Final[Sequence[tuple[type[JWTKitError], Message]]] = (
    (BadSignature, _("NOT verified, the signature is wrong: anyone can write this")),
    (UnknownKey, _("NOT verified, its key is not trusted: anyone can write this")),
    (ServiceUnavailable, _("NOT verified, the keys are not available: anyone can write this")),
    (KeyUnusableError, _("NOT verified, the keys are not available: anyone can write this")),
)
"""By the error of the request, why nothing is proven; else `UNSIGNED`."""


class Proof(NamedTuple):
    """The words beside the header of a token, and those beside its claims.

    The signature covers the header as well (RFC 7515 §5.2), but the checks judge only the claims.
    """

    header: str
    claims: str


def prove(examination: Examination) -> Proof:
    """Return the proof of an examined token."""
    if not examination.is_signed:
        words = _why_unproven(examination.error)
        return Proof(words, words)
    if examination.error is None:
        return Proof(VERIFIED, VERIFIED)
    names = [check.name for check in examination.checks if check.outcome is Outcome.WRONG]
    return Proof(VERIFIED, Message(FAILED, {"checks": _list(names)}))


def _why_unproven(error: JWTKitError | None) -> str:
    return next((words for kind, words in UNPROVEN if isinstance(error, kind)), UNSIGNED)


def _list(names: Iterable[str]) -> Message:
    """Return the names of checks, one after another; a member of a token has the same in each language."""
    values = {
        f"c{number}": Code(name) if name in {*MEMBERS, "exp"} else Message(name)
        for number, name in enumerate(names)
    }
    return Message(", ".join(f"{{{place}}}" for place in values), values)
