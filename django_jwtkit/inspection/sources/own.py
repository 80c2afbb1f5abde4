"""Tokens of our own: of each kind, bare and encrypted."""

from collections.abc import Callable, Mapping
from typing import Final

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
from django_jwtkit.inspection.findings import Claims, Examination, Rows
from django_jwtkit.inspection.key_facts import KeyFacts, key_facts
from django_jwtkit.inspection.reading import Presented
from django_jwtkit.inspection.stages import checks_of, decisive_check, message_of
from django_jwtkit.jose import media_type
from django_jwtkit.tokens import ACCESS, REFRESH, TokenKind, registered_kinds
from django_jwtkit.wording import escape

from .own_stages import find_issuer_fault, stages_of

PROJECTS: Final = "The project's own code decides about its user and session."


@sensitive_variables()
def examine(token: Presented, visible: Rows | None) -> Examination:
    """Judge `token` as a request for its kind would, and explain the outcome."""
    kind = _kind_of(token)
    claims, error = _judge(token, kind or ACCESS)
    facts = key_facts(token.header.get("kid"), (kind or ACCESS).ring, visible)
    decisive, reason = ("", "") if error is None else _reason(error, token, kind, facts)
    checks = checks_of(stages_of(token, kind, claims, facts), decisive, reason)
    return Examination(
        kind=kind.name if kind else "",
        holder=_holder(kind or ACCESS, claims or {}),
        claims=token.claims if claims is None else claims,
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
    whose = f"of the subject {subject!r}" if kind.subject else f"of user {subject}"
    if kind is ACCESS:
        return f"as an access token {whose}"
    if kind is REFRESH:
        return f"by token/refresh/ as a refresh token {whose}, and by nothing else"
    return f"as a token of the kind {kind.name!r} {whose}. {PROJECTS}".rstrip(".")


def _reason(error: JWTKitError, token: Presented, kind: TokenKind | None, facts: KeyFacts) -> tuple[str, str]:
    """Return the decisive check, and why it has failed in more words than the error has."""
    decisive = decisive_check(error)
    if isinstance(error, UnknownKey):
        if facts.is_denied:
            return "deny-list", "its key is in DENY_KIDS"
        if facts.row is None and (fault := find_issuer_fault(token.claims or {})):
            return "issuer", fault
        return decisive, facts.fault or str(error)
    if isinstance(error, WrongType) and kind is None:
        typ = token.header.get("typ")
        return decisive, f"no kind of token of this project has the typ {escape(repr(typ), 100)}"
    if isinstance(error, MalformedToken) and kind and kind.is_confidential is not token.is_encrypted:
        is_it = ("encrypted", "not") if token.is_encrypted else ("not encrypted", "all")
        return decisive, f"it is {is_it[0]}, and tokens of the kind {kind.name!r} here are {is_it[1]}"
    return decisive, str(error)
