"""Tokens of our own: of each kind, bare and encrypted."""

from collections.abc import Callable, Mapping
from typing import Final

from django.utils.translation import gettext_noop
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import sessions, tokens, transport
from django_jwtkit.errors import (
    JWTKitError,
    KeyUnusableError,
    MalformedToken,
    ServiceUnavailable,
    TokenError,
    UnknownKey,
    WrongType,
)
from django_jwtkit.inspection.findings import Claims, Examination, Rows, is_signed
from django_jwtkit.inspection.reading import Presented
from django_jwtkit.inspection.stages import checks_of, decisive_check, message_of
from django_jwtkit.jose import media_type
from django_jwtkit.tokens import ACCESS, REFRESH, TokenKind, registered_kinds
from django_jwtkit.wording import Code, Message, escape, words_of
from django_jwtkit.wording import message as _

from .key_facts import KeyFacts, key_facts
from .own_stages import DENIED, MAX_VALUE, find_issuer_fault, stages_of

HOLDERS: Final[Mapping[str, str]] = {
    ACCESS.name: gettext_noop("as an access token {whose}"),
    REFRESH.name: gettext_noop("by token/refresh/ as a refresh token {whose}, and by nothing else"),
}
OF_A_KIND: Final = gettext_noop(
    "as a token of the kind {kind!r} {whose}. The project's own code decides about its user and session."
)
NEVER_ENCRYPTED: Final = gettext_noop("it is encrypted, and tokens of the kind {kind!r} here are not")
ALWAYS_ENCRYPTED: Final = gettext_noop("it is not encrypted, and tokens of the kind {kind!r} here are all")


@sensitive_variables()
def examine(token: Presented, visible: Rows | None) -> Examination:
    """Judge `token` as a request for its kind would, and explain the outcome."""
    kind = _kind_of(token)
    claims, error = _judge(token, kind or ACCESS)
    facts = key_facts(token.header.get("kid"), kind.ring if kind else None, visible)
    decisive, reason = ("", "") if error is None else _reason(error, token, kind, facts)
    is_proven = is_signed(claims, error)
    checks = checks_of(stages_of(token, kind, claims, facts), decisive, reason, is_signed=is_proven)
    return Examination(
        kind=kind.name if kind else "",
        holder=_holder(kind or ACCESS, claims or {}),
        claims=token.claims if claims is None else claims,
        is_signed=is_proven,
        is_verified=claims is not None,
        checks=checks,
        error=error,
        reason=message_of(checks, decisive),
        key=facts.row,
        authenticates=kind is ACCESS,
    )


def _kind_of(token: Presented) -> TokenKind | None:
    typ = token.header.get("typ")
    if not isinstance(typ, str):
        return None
    name = media_type(typ)
    return next((kind for kind in registered_kinds() if name in map(media_type, kind.types)), None)


@sensitive_variables()
def _judge(token: Presented, kind: TokenKind) -> tuple[Claims | None, JWTKitError | None]:
    """Return the verified claims, and what a request with this token is refused for.

    These are the functions that requests call.
    """
    claims: Claims | None = None
    try:
        claims = tokens.verify(token.text, kind=kind)
        USER_CHECKS.get(kind.name, _check_naming)(claims)
    except (TokenError, ServiceUnavailable, KeyUnusableError) as error:
        return claims, error
    return claims, None


def _check_naming(claims: Claims) -> None:
    if claims.get(tokens.users.SUB_FIELD) != tokens.users.NO_USER:
        tokens.users.check_naming(claims)


USER_CHECKS: Final[Mapping[str, Callable[[Claims], object]]] = {
    ACCESS.name: transport.load_user,
    REFRESH.name: sessions.foresee,  # looking is not presenting: nothing is spent
}
"""The check of user and session of a verified token; for other kinds, the project's own code makes it."""


def _holder(kind: TokenKind, claims: Claims) -> str:
    subject = escape(claims.get("sub", ""))
    of_subject, of_user = _("of the subject {subject!r}", subject=subject), _("of user {user}", user=subject)
    whose = of_subject if kind.subject else of_user
    return Message(HOLDERS.get(kind.name, OF_A_KIND), {"kind": kind.name, "whose": whose})


def _reason(error: JWTKitError, token: Presented, kind: TokenKind | None, facts: KeyFacts) -> tuple[str, str]:
    """Return the decisive check, and why it has failed in more words than the error has."""
    decisive = decisive_check(error)
    if isinstance(error, UnknownKey):
        if facts.is_denied:
            return "deny-list", DENIED
        if facts.row is None and (fault := find_issuer_fault(token.claims or {})):
            return "issuer", fault
        return decisive, facts.fault or words_of(error)
    if isinstance(error, WrongType) and kind is None:
        typ = Code(escape(repr(token.header.get("typ")), MAX_VALUE))
        return decisive, _("no kind of token of this project has the typ {typ}", typ=typ)
    if isinstance(error, MalformedToken) and kind and kind.is_confidential is not token.is_encrypted:
        text = NEVER_ENCRYPTED if token.is_encrypted else ALWAYS_ENCRYPTED
        return decisive, Message(text, {"kind": kind.name})
    return decisive, words_of(error)
