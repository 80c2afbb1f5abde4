"""Verifying an old token: by the project's old key and settings, and by nothing that the token says.

Its claims have a type of their own, so that no code of ours takes them for claims of our tokens: their `sid`,
`cnt` or `sub` would be whatever the project had put there.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys
from django_jwtkit.conf import Settings, conf
from django_jwtkit.errors import InvalidClaim, MissingClaim, NotYetValid, TokenError, TokenExpired, WrongType
from django_jwtkit.jose import encoding, jws, unverified_header
from django_jwtkit.tokens.claims import RESERVED
from django_jwtkit.wording import message as _

from .policy import Policy, read_policy

TYP: Final = "JWT"
ACCESS: Final = "access"
REFRESH: Final = "refresh"
TYPES: Final = (ACCESS, REFRESH)
MAX_TEXT: Final = 255  # characters: of what columns hold
LATEST: Final = 253402300799  # the last second of the year 9999, where datetime ends


class SimpleJWTClaims(dict[str, object]):
    """The claims of an old token, unchanged."""


def is_accepted(settings: Settings) -> bool:
    """Whether the project accepts old tokens at all; until when, `verify` asks."""
    return settings.ACCEPT_SIMPLEJWT is not None


@sensitive_variables()
def is_simplejwt(text: object) -> bool:
    """Whether `text` looks like an old token: no kid, which all of ours have, `typ: JWT` and a type of token.

    Nobody has vouched for it yet: this chooses who verifies, and nothing else. Raises `ServiceUnavailable`.
    """
    if not isinstance(text, str | bytes):
        return False
    try:
        header = unverified_header(text)
        if "kid" in header or header.get("typ") != TYP:
            return False
        return read_policy().token_type_claim in encoding.unproven_claims(text)
    except TokenError:
        return False


@sensitive_variables()
def verify(text: str, *, token_type: str | None = ACCESS, now: datetime | None = None) -> SimpleJWTClaims:
    """Return the claims of the old token `text`, if it is a good one of `token_type`, or of either.

    Proven: signature, type, issuer, audience and dates, as `SIMPLE_JWT` has them, before `UNTIL`. Not asked:
    user, cut-off and blacklist. Raises `TokenError`; `ServiceUnavailable` for `SIMPLE_JWT` that is not sound.
    """
    settings, policy, now = conf(), read_policy(), keys.at(now)
    accepted = settings.ACCEPT_SIMPLEJWT
    if accepted is None or now >= accepted["UNTIL"]:
        raise WrongType(_("tokens of simplejwt are not accepted, or not any more"))
    if not is_simplejwt(text):
        raise WrongType(_("not a token of simplejwt"))
    proven = jws.verify(text, policy.key, algorithms={policy.algorithm})
    claims = SimpleJWTClaims(encoding.loads(proven.payload))
    if claims[policy.token_type_claim] not in (TYPES if token_type is None else (token_type,)):
        raise WrongType(_("another type of simplejwt's tokens"))
    _check_dates(claims, policy, now.timestamp(), settings.seconds.skew)
    _check_parties(claims, policy)
    _check_names(claims, policy)
    return claims


def is_refresh(claims: SimpleJWTClaims) -> bool:
    """Whether verified `claims` are those of a refresh token."""
    return claims[read_policy().token_type_claim] == REFRESH


def login_claims(claims: SimpleJWTClaims) -> dict[str, object]:
    """Return what simplejwt would copy from the refresh token of `claims` into each access token.

    Clients may read the user's ID and the type of token there, so these stay; names of ours do not.
    """
    policy = read_policy()
    left_out = {*RESERVED, policy.jti_claim, policy.revoke_claim}
    own = {name: value for name, value in claims.items() if name not in left_out}
    return own | {policy.token_type_claim: ACCESS}


def issued_at(claims: SimpleJWTClaims) -> datetime:
    """Return when the refresh token of verified `claims` was issued; old versions did not write `iat`."""
    issued = claims.get("iat")
    if isinstance(issued, int | float):
        return datetime.fromtimestamp(issued, UTC)
    return datetime.fromtimestamp(_date(claims, "exp"), UTC) - read_policy().refresh_lifetime


def _check_dates(claims: Mapping[str, object], policy: Policy, at: float, skew: float) -> None:
    expires = _date(claims, "exp")
    if at >= expires + policy.leeway:
        raise TokenExpired(_("expired"), "exp")
    if "nbf" in claims and _date(claims, "nbf") > at + policy.leeway:
        raise NotYetValid(_("not valid before a time that lies ahead"), "nbf")
    if "iat" in claims and _date(claims, "iat") > at + max(policy.leeway, skew):
        raise NotYetValid(_("issued at a time that lies ahead"), "iat")


def _check_parties(claims: Mapping[str, object], policy: Policy) -> None:
    """Raise `InvalidClaim` for another issuer or audience; simplejwt demands none that is not set."""
    if policy.issuers is not None and claims.get("iss") not in policy.issuers:
        raise InvalidClaim(_("another issuer"), "iss")
    if policy.audiences is not None:
        audience = claims.get("aud")
        names = audience if isinstance(audience, list) else [audience]
        if not any(isinstance(name, str) and name in policy.audiences for name in names):
            raise InvalidClaim(_("for another audience than this one"), "aud")


def _check_names(claims: Mapping[str, object], policy: Policy) -> None:
    if "cnf" in claims:  # RFC 7800: anyone who shows the token would have to prove more
        raise InvalidClaim(_("bound to a key that is not checked here"), "cnf")
    jti, user = claims.get(policy.jti_claim), claims.get(policy.user_id_claim)
    if not isinstance(jti, str) or not 0 < len(jti) <= MAX_TEXT:
        raise InvalidClaim(_("must be text of 1 to {limit} characters", limit=MAX_TEXT), policy.jti_claim)
    # Before 5.5 the ID of a user was written as it is: a number.
    if isinstance(user, bool) or not isinstance(user, str | int) or not 0 < len(str(user)) <= MAX_TEXT:
        raise InvalidClaim(_("must name a user"), policy.user_id_claim)


def _date(claims: Mapping[str, object], name: str) -> float:
    value = claims.get(name)
    if value is None:
        raise MissingClaim(_("the claim {name!r} is required", name=name), name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LATEST:
        raise InvalidClaim(_("the claim {name!r} has a wrong type or range", name=name), name)
    return value
