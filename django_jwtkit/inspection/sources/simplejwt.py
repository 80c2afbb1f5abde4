"""Tokens that simplejwt has issued, while `ACCEPT_SIMPLEJWT` is set."""

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext_noop
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.conf import conf
from django_jwtkit.errors import JWTKitError, KeyUnusableError, ServiceUnavailable, TokenError, WrongType
from django_jwtkit.inspection.findings import Examination, Rows, is_signed
from django_jwtkit.inspection.reading import Presented
from django_jwtkit.inspection.stages import Stage, checks_of, decisive_check
from django_jwtkit.tokens.simplejwt import SimpleJWTClaims
from django_jwtkit.wording import Message, Number, escape, pair, words_of
from django_jwtkit.wording import message as _

from .own_stages import SIGNED, show

HOLDERS: Final = {
    tokens.simplejwt.ACCESS: gettext_noop("as an access token of simplejwt of user {user}"),
    tokens.simplejwt.REFRESH: gettext_noop(
        "by token/refresh/ as a refresh token of simplejwt of user {user}"
    ),
}


@sensitive_variables()
def examine(token: Presented, visible: Rows | None) -> Examination:
    """Judge `token` as the views do, without noting that it was seen. It names no key, so none is told of."""
    claims, error = _judge(token.text)
    is_refresh = claims is not None and tokens.simplejwt.is_refresh(claims)
    kind = tokens.simplejwt.REFRESH if is_refresh else tokens.simplejwt.ACCESS
    user = escape(tokens.simplejwt.id_of(claims)) if claims else ""
    decisive, reason = ("", "") if error is None else (_decisive(error), words_of(error))
    is_proven = is_signed(claims, error) or decisive == "typ"  # the type is a claim, too
    return Examination(
        kind=f"simplejwt {kind}",
        holder=Message(HOLDERS[kind], {"user": user}),
        claims=token.claims if claims is None else claims,
        is_signed=is_proven,
        is_verified=claims is not None,
        checks=checks_of(_stages(token, user), decisive, reason, is_signed=is_proven),
        error=error,
        reason=reason,
        authenticates=not is_refresh,
    )


@sensitive_variables()
def _judge(text: str) -> tuple[SimpleJWTClaims | None, JWTKitError | None]:
    """Return the verified claims, and what a request with this token is refused for."""
    claims: SimpleJWTClaims | None = None
    try:
        claims = tokens.simplejwt.verify(text, token_type=None)
        sessions.check_simplejwt(claims, is_presented=False)
    except (TokenError, ServiceUnavailable, KeyUnusableError) as error:
        return claims, error
    return claims, None


def _decisive(error: JWTKitError) -> str:
    """Return the check that `error` is about: of a type it is a claim, but after `UNTIL` the issuer."""
    accepted = conf().ACCEPT_SIMPLEJWT
    is_over = isinstance(error, WrongType) and (accepted is None or keys.now() >= accepted["UNTIL"])
    return "issuer" if is_over else decisive_check(error)


def _stages(token: Presented, user: str) -> Iterator[Stage]:
    claims, accepted = token.claims or {}, conf().ACCEPT_SIMPLEJWT
    until = accepted["UNTIL"] if accepted else "-"
    yield Stage("issuer", _("simplejwt, whose tokens are accepted until {end}", end=until))
    yield Stage("form", Message(SIGNED, {"size": Number(len(token.text))}))
    types = pair(show(token.header.get("typ")), show(claims.get("token_type")))
    yield Stage("alg", show(token.header.get("alg")), is_fact=True)
    yield Stage("signature", _("made with the key of SIMPLE_JWT"))
    yield Stage("typ", types, is_fact=True)
    yield Stage("times", _("exp is {value}", value=show(claims.get("exp"))), is_fact=True)
    yield Stage("iss", show(claims.get("iss")), is_fact=True)
    yield Stage("aud", show(claims.get("aud")), is_fact=True)
    yield Stage("claims", _("complete, each of its type"))
    yield Stage("user", _("user {user} exists and is active", user=user))
    yield Stage("session", _("not logged out since, and not blacklisted"))
