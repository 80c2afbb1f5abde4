"""Why tokens of an issuer are refused: its metadata, its keys and a token, step by step. For operators."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final, NamedTuple

from django.views.decorators.debug import sensitive_variables

from django_jwtkit.conf import IssuerSettings
from django_jwtkit.db import asks_database
from django_jwtkit.errors import ClaimError, JWTKitError, TokenError, WrongType
from django_jwtkit.issuers.published import Row, fetch, parse_jwks
from django_jwtkit.issuers.registry import Issuer
from django_jwtkit.jose import (
    KeySet,
    KeySource,
    check_type,
    claim_faults,
    encoding,
    jws,
    media_type,
    moment,
    remote,
    unverified_header,
)
from django_jwtkit.wording import Code, escape, plural, words_of
from django_jwtkit.wording import message as _

from . import conditions

Claims = Mapping[str, object]
Faults = Mapping[str, ClaimError]

MAX_VALUE: Final = 100  # characters of a claim that a message shows
ADVICE: Final = {
    "signature": _("The token is of another key, or not of this issuer."),
    "conditions": _("Compare REQUIRE, MAX_AGE and LEEWAY with the claims."),
    "subject": _("Set SUBJECT_CLAIM to a claim that every token of this issuer has."),
}


class Step(NamedTuple):
    """One thing that was looked at. `advice` is empty where there is nothing to do."""

    name: str
    is_good: bool
    message: str
    advice: str = ""


class Published(NamedTuple):
    """What an issuer publishes now: where, the keys that can be used, and those that cannot."""

    url: str
    keys: KeySet | None
    steps: tuple[Step, ...]


@asks_database("issuers.examine_keys")
def examine_keys(issuer: Issuer, *, may_move: bool = False) -> Published:
    """Fetch the metadata and the key set of `issuer`, and judge each key.

    With `may_move` keys on another host than before are accepted, and kept.
    """
    if isinstance(issuer.keys, KeySet):
        return Published("", issuer.keys, (Step("keys", True, "fixed in the settings"),))
    try:
        answer, url = fetch(issuer.name, issuer.settings, remote.State(), may_move=may_move)
        keys = parse_jwks(issuer.name, issuer.settings, encoding.loads(answer.body or b""))
    except JWTKitError as error:
        advice = "Run it again with --accept if the new address is right." if "--accept" in str(error) else ""
        return Published("", None, (Step("keys", False, str(error), advice),))
    if may_move and isinstance(issuer.keys, remote.FetchedKeys):
        Row(issuer.name).pin(url)
        issuer.keys.refresh()
    return Published(url, keys, (Step("keys", True, f"{plural(len(keys), 'usable key')} at {url}"),))


@sensitive_variables()
def examine_token(
    issuer: Issuer, keys: KeySource | None, text: str, now: float | None = None
) -> tuple[Step, ...]:
    """Return what each check says of the token `text`, of which nothing is believed before its signature.

    Without `keys` the signature is left out.
    """
    entry, at = issuer.settings, moment(now)
    longest = entry.MAX_LENGTH
    try:
        header = unverified_header(text, max_length=longest)
        claims = encoding.unproven_claims(text, longest)
    except TokenError as error:
        return (Step("form", False, words_of(error)),)
    faults = claim_faults(claims, issuer.expectation, at)
    others = {claim: error for claim, error in faults.items() if claim not in {"iss", "aud", "exp"}}
    return (
        _algorithm(header, entry),
        _type(header, entry),
        *_signature(text, keys, entry),
        _issuer(claims, issuer, faults),
        _audience(claims, entry, faults),
        _dates(claims, entry, at, faults),
        *(Step("claims", False, words_of(error)) for error in others.values()),
        _try("conditions", conditions.check, claims, entry, at),
        _try("subject", conditions.subject_of, claims, entry),
    )


@sensitive_variables()
def _signature(text: str, keys: KeySource | None, entry: IssuerSettings) -> tuple[Step, ...]:
    if keys is None:
        return ()
    return (
        _try("signature", jws.verify, text, keys, algorithms=entry.ALGORITHMS, max_length=entry.MAX_LENGTH),
    )


def _try(name: str, check: Callable[..., object], *arguments: object, **options: object) -> Step:
    try:
        check(*arguments, **options)
    except JWTKitError as error:
        return Step(name, False, words_of(error), ADVICE.get(name, ""))
    return Step(name, True, _("fits"))


def _algorithm(header: Claims, entry: IssuerSettings) -> Step:
    alg = header.get("alg")
    allowed = ", ".join(entry.ALGORITHMS)
    add = _("If the issuer signs with it, add it to ALGORITHMS ({allowed}).", allowed=allowed)
    advice = "" if alg in entry.ALGORITHMS else add
    return Step("alg", not advice, _show(alg), advice)


def _type(header: Claims, entry: IssuerSettings) -> Step:
    typ = header.get("typ")
    try:
        check_type(header, {None if name is None else media_type(name) for name in entry.types})
    except WrongType:
        return Step("typ", False, _show(typ), _("Add it to TYP; None in TYP means that it may be absent."))
    return Step("typ", True, _show(typ))


def _issuer(claims: Claims, issuer: Issuer, faults: Faults) -> Step:
    if issuer.settings.ISSUER_FROM == "sub":
        return Step("iss", True, _("the trust domain of sub"))
    iss = claims.get("iss")
    if "iss" not in faults:
        return Step("iss", True, _show(iss))
    is_close = isinstance(iss, str) and iss.rstrip("/") == issuer.name.rstrip("/")
    advice = (
        _("Only the slash at the end differs: issuers are compared exactly.")
        if is_close
        else _("Write the key of TRUSTED_ISSUERS as the token has it, or add an alias.")
    )
    return Step("iss", False, _show(iss), advice)


def _audience(claims: Claims, entry: IssuerSettings, faults: Faults) -> Step:
    claim, allowed = entry.AUDIENCE_CLAIM, entry.AUDIENCE
    value = claims.get(claim)
    is_allowed = value in ((allowed,) if isinstance(allowed, str) else allowed)
    if claim not in faults and (claim == "aud" or is_allowed):
        return Step(claim, True, _show(value))
    if value == "account" or (isinstance(value, list) and "account" in value):
        advice = _("Add an audience mapper to the client in Keycloak.")
    elif value is None:
        advice = _(
            "The token names no audience there: set AUDIENCE_CLAIM to client_id, azp or cid if it has one."
        )
    else:
        advice = _("Ask the issuer for a token for your AUDIENCE, or correct AUDIENCE.")
    return Step(claim, False, _show(value), advice)


def _dates(claims: Claims, entry: IssuerSettings, at: float, faults: Faults) -> Step:
    exp, leeway = claims.get("exp"), entry.LEEWAY.total_seconds()
    if isinstance(exp, bool) or not isinstance(exp, int | float):
        return Step("exp", False, _show(exp), _("Every token must have an end, in seconds since 1970."))
    if at >= exp + leeway:
        expired = _("expired {age} ago", age=timedelta(seconds=at - exp))
        return Step("exp", False, expired, _("Ask for a new token."))
    if "exp" in faults:
        return Step("exp", False, words_of(faults["exp"]))
    return Step("exp", True, _("good for {time} more", time=timedelta(seconds=exp - at)))


def _show(value: object) -> str:
    return _("absent") if value is None else Code(escape(repr(value), MAX_VALUE))
