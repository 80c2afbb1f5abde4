"""One verdict about one token, whoever has issued it."""

from typing import Final

from django.utils.translation import gettext_noop
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import transport
from django_jwtkit.conf import conf
from django_jwtkit.errors import JWTKitError, KeyUnusableError, ServiceUnavailable
from django_jwtkit.wording import Code, Message, words_of
from django_jwtkit.wording import message as _

from .findings import Check, Examination, Inspection, Outcome, Rows
from .outsiders import describe_jwks_view
from .proof import NOT_OPENED, prove
from .reading import Presented, read
from .sources import EXAMINERS
from .stages import decisive_check

UNOPENED: Final = _(
    "Not opened: the token is encrypted. To open it here, a user needs the permission {permission}.",
    permission=Code("jwtkit.decrypt_token"),
)
NOTHING: Final = _("refuses the text: it is no token.")
REFUSED: Final = gettext_noop("Refused: {reason}.")
NOT_JUDGED: Final = gettext_noop("Not judged, a client gets 503: {reason}.")


@sensitive_variables()
def inspect(text: str, *, may_open: bool = True, visible: Rows | None = None) -> Inspection:
    """Judge `text` as a request with it would be judged, and explain the verdict. Nothing is changed.

    Without `may_open` an encrypted token stays closed, and there is no verdict. `visible` are the keys of
    ours that may be told of, by default all. What a client would get as a 503 is a result too: only errors of
    the database are raised.
    """
    token = read(text, may_open=may_open)
    if token.is_encrypted and not may_open:
        return _unopened(token)
    try:
        source = transport.find_source(text, conf())
    except ServiceUnavailable as error:
        return _conclude(token, transport.OWN, _without_source(token, error))
    name = transport.OWN if source is None else source.name
    if source is None and token.fault is not None:
        return _conclude(token, name, _without_source(token, token.fault))
    return _conclude(token, name, EXAMINERS[name](token, visible))


@sensitive_variables()
def _conclude(token: Presented, source: str, examination: Examination) -> Inspection:
    error, proof = examination.error, prove(examination)
    return Inspection(
        verdict=_verdict(examination),
        is_accepted=None if _is_outage(error) else error is None,
        authenticates=None if _is_outage(error) else error is None and examination.authenticates,
        error=error,
        reason=examination.reason,
        source=source,
        kind=examination.kind,
        header=token.header,
        claims=examination.claims,
        is_signed=examination.is_signed,
        is_verified=examination.is_verified,
        header_proof=proof.header,
        claims_proof=proof.claims,
        checks=examination.checks,
        jwks_only=describe_jwks_view(token, examination.key) if token.header else NOTHING,
    )


def _verdict(examination: Examination) -> str:
    if examination.error is None:
        return _("Accepted {holder}.", holder=examination.holder)
    text = NOT_JUDGED if _is_outage(examination.error) else REFUSED
    return Message(text, {"reason": examination.reason})


def _is_outage(error: JWTKitError | None) -> bool:
    return isinstance(error, ServiceUnavailable | KeyUnusableError)


def _without_source(token: Presented, error: JWTKitError) -> Examination:
    """Return what is to be said of a text that nobody can judge."""
    check = Check(decisive_check(error), Outcome.WRONG, words_of(error))
    return Examination(
        kind="",
        holder="",
        claims=token.claims,
        is_signed=False,
        is_verified=False,
        checks=(check,),
        error=error,
        reason=words_of(error),
    )


def _unopened(token: Presented) -> Inspection:
    return Inspection(
        verdict=UNOPENED,
        is_accepted=None,
        authenticates=None,
        error=None,
        reason="",
        source=transport.OWN,
        kind="",
        header=token.header,
        claims=None,
        is_signed=False,
        is_verified=False,
        header_proof=NOT_OPENED,
        claims_proof=NOT_OPENED,
        checks=(Check("decryption", Outcome.SKIPPED, _("an encrypted token (JWE), which was not opened")),),
        jwks_only=describe_jwks_view(token, None),
    )
