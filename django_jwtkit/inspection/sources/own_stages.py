"""The checks of a token of our own, one by one, in the order in which a request makes them."""

from collections.abc import Iterator, Mapping
from typing import Final

from django.utils.translation import gettext_noop

from django_jwtkit import issuers, keys, sessions, tokens
from django_jwtkit.conf import conf
from django_jwtkit.errors import ServiceUnavailable, TokenError, TokenExpired, UserRefused
from django_jwtkit.inspection.findings import Claims
from django_jwtkit.inspection.reading import Presented
from django_jwtkit.inspection.stages import OF_CLAIMS, Stage
from django_jwtkit.tokens import ACCESS, REFRESH, TokenKind
from django_jwtkit.wording import Code, Message, Number, escape, moment_of, pair, words_of
from django_jwtkit.wording import message as _

from .key_facts import KeyFacts

ENCRYPTED: Final = gettext_noop("an encrypted token (JWE) of {size} characters")
SIGNED: Final = gettext_noop("a signed token (JWS) of {size} characters")
MAX_VALUE: Final = 100  # characters of a claim that a message shows
SLASH: Final = _("Only the slash at the end differs: issuers are compared exactly.")
PROJECTS: Final = _("the project's own code decides")
DENIED: Final = _("its key is in DENY_KIDS")


def stages_of(
    token: Presented, kind: TokenKind | None, claims: Claims | None, facts: KeyFacts
) -> Iterator[Stage]:
    """Yield the checks of `token`; `claims` are the verified ones, None where there are none."""
    yield from _before_the_claims(token, kind, facts)
    yield from _of_the_claims(claims or token.claims, kind or ACCESS)
    yield from _after_the_claims(claims, kind or ACCESS)


def find_issuer_fault(claims: Claims) -> str:
    """Return why nobody here judges a token with these unverified claims; empty where we do."""
    iss = claims.get("iss")
    if iss is None or iss == conf().ISSUER:
        return ""
    return _("its issuer {issuer} is neither ISSUER nor in TRUSTED_ISSUERS", issuer=show(iss))


def show(value: object) -> str:
    """Return `value`, which a stranger wrote, for a message."""
    return _("absent") if value is None else Code(escape(repr(value), MAX_VALUE))


def _before_the_claims(token: Presented, kind: TokenKind | None, facts: KeyFacts) -> Iterator[Stage]:
    text = ENCRYPTED if token.is_encrypted else SIGNED
    yield Stage("form", Message(text, {"size": Number(len(token.text))}))
    if token.is_encrypted:
        yield Stage("decryption", _("opened with a key of ring encryption"))
    yield Stage("issuer", _("ours to judge"), advice=_advice_about((token.claims or {}).get("iss")))
    name = Code(kind.name) if kind else _("none of ours")
    yield Stage("typ", pair(show(token.header.get("typ")), name), is_fact=True)
    yield Stage("alg", show(token.header.get("alg")), is_fact=True)
    yield Stage("key", facts.message, facts.fault, is_fact=True)
    if conf().denied:
        denied = DENIED if facts.is_denied else ""
        yield Stage("deny-list", _("its key is not in DENY_KIDS"), denied)
    yield Stage("signature", _("made by this key"))


def _of_the_claims(claims: Claims | None, kind: TokenKind) -> Iterator[Stage]:
    if claims is None:
        return
    faults, iss = _faults(claims, kind), show(claims.get("iss"))
    yield Stage("claims", _("complete, each of its type"), faults.get("claims", ""))
    iss = iss if conf().ISSUER else _("{issuer}; ISSUER is not set", issuer=iss)
    for name, fact in (("iss", iss), ("aud", show(claims.get("aud"))), ("times", _times(claims))):
        yield Stage(name, fact, faults.get(name, ""), is_fact=True)
    yield Stage("key use", _("the key was signing when the token was issued"))


def _after_the_claims(claims: Claims | None, kind: TokenKind) -> Iterator[Stage]:
    if claims is None:
        yield Stage("user", _("an unverified token names nobody"), is_skipped=True)
    elif kind not in (ACCESS, REFRESH):
        yield Stage("user", PROJECTS, is_skipped=True)
    else:
        user = Stage("user", _("user {user} exists and is active", user=escape(claims.get("sub", ""))))
        is_asked = kind == REFRESH or conf().CHECK_SESSION
        session = _session(claims, kind, is_asked=is_asked)
        # A request that asks for the session reads its user with it, and judges the session first.
        yield from (session, user) if is_asked else (user, session)


def _session(claims: Claims, kind: TokenKind, *, is_asked: bool) -> Stage:
    if not is_asked and claims.get("sid") is None:
        return Stage("session", _("it has none, and CHECK_SESSION is off"), is_skipped=True)
    try:
        sessions.find(claims, keys.now())
    except UserRefused:
        return Stage("session", _("gone with its user"), is_skipped=True)
    except TokenError as error:
        off = _("{error}; but CHECK_SESSION is off", error=words_of(error))
        return Stage("session", words_of(error) if is_asked else off, is_skipped=True)
    if kind == REFRESH:
        return Stage("session", _("live, and the token is its newest one, or the one before it in time"))
    text = _("live") if is_asked else _("live; CHECK_SESSION is off")
    return Stage("session", text, is_skipped=not is_asked)


def _faults(claims: Claims, kind: TokenKind) -> Mapping[str, str]:
    """Return, by check, what speaks against `claims`, verified or not."""
    faults: dict[str, str] = {}
    try:
        by_claim = tokens.claim_faults(claims, kind)
    except ServiceUnavailable:
        return faults
    for claim, error in by_claim.items():
        message = _expired(claims) if isinstance(error, TokenExpired) else words_of(error)
        faults.setdefault(OF_CLAIMS.get(claim, "claims"), message)
    return faults


def _expired(claims: Claims) -> str:
    end = moment_of(claims.get("exp"))
    if end is None:
        return _("expired")
    return _("expired on {moment}, {age} ago", moment=end, age=keys.now() - end)


def _times(claims: Claims) -> str:
    end = moment_of(claims.get("exp"))
    return _("it has no end") if end is None else _("expires in {time}", time=end - keys.now())


def _advice_about(iss: object) -> str:
    names = [*issuers.issuers(), conf().ISSUER]
    is_close = isinstance(iss, str) and any(name and iss.rstrip("/") == name.rstrip("/") for name in names)
    return SLASH if is_close else ""
