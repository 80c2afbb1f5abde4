"""From a token to its user: None is "not ours", an exception "ours and bad", a pair "good"."""

import re
from typing import ClassVar, Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.views.decorators.debug import sensitive_variables
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from django_jwtkit import sessions, tokens
from django_jwtkit.conf import conf
from django_jwtkit.errors import InvalidClaim

from .challenges import CHALLENGE, Refused, Unavailable, limit_line_of_view, translated_errors

Claims = dict[str, object]

# RFC 9110 §11.1 and §5.6.2: the scheme is a token of any case, so "Bearer\t" is ours, and "Bearers" is not.
_OURS: Final = re.compile(r"\s*bearer(?![!#$%&'*+.^_`|~0-9a-z-])", re.IGNORECASE)


@sensitive_variables()
def bearer(header: str | None) -> str | None:
    """Return the token in an `Authorization` header, None without our scheme; raise `Refused`."""
    if header is None:
        return None
    scheme, _, text = header.partition(" ")
    if scheme.lower() == "bearer" and _is_visible(text):
        return text
    if not _OURS.match(header):
        return None
    detail = "Authorization header must contain two space-delimited values"
    raise Refused(detail, "bad_authorization_header", "invalid_request")


def _is_visible(text: str) -> bool:
    """Whether `text` is visible ASCII, and some; a comma would be two headers that the server has joined."""
    return text != "" and text.isascii() and text.isprintable() and " " not in text and "," not in text


class JWTAuthentication(BaseAuthentication):
    """Accepts an access token in `Authorization: Bearer …`; `request.auth` is its verified claims.

    No query before a good signature; then one, for the user and, with `CHECK_SESSION`, the session.
    A subclass may name another `kind` of token, or find its user elsewhere with `get_user`.
    """

    kind: ClassVar[tokens.TokenKind] = tokens.ACCESS

    @sensitive_variables()
    def authenticate(self, request: Request) -> tuple[AbstractBaseUser | tokens.TokenUser, Claims] | None:
        """Return user and claims, None without a bearer token; raise `Refused` or `Unavailable`."""
        text = bearer(request.META.get("HTTP_AUTHORIZATION"))
        if text is None:
            return None
        try:
            with translated_errors(text):
                claims = tokens.verify(text, kind=self.kind)
                if not self.kind.subject:  # here too: an overridden `get_user` may read `sub` by itself
                    tokens.users.check_naming(claims)
                return self.get_user(claims), claims
        except (Refused, Unavailable):
            limit_line_of_view(request)
            raise

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a request that brought no token (RFC 6750 §3)."""
        return CHALLENGE

    def get_user(self, claims: Claims) -> AbstractBaseUser | tokens.TokenUser:
        """Return the user of verified `claims`, or raise a `TokenError`."""
        return sessions.check(claims) if conf().CHECK_SESSION else tokens.users.load(claims)


class LiveSessionAuthentication(JWTAuthentication):
    """Accepts an access token whose session lives, if it has one, whatever `CHECK_SESSION` says.

    For the views that end sessions: what a thief still has after a logout must not log the owner out.
    """

    def get_user(self, claims: Claims) -> AbstractBaseUser | tokens.TokenUser:
        return sessions.check(claims) if "sid" in claims else super().get_user(claims)


class OwnAudienceAuthentication(LiveSessionAuthentication):
    """Accepts an access token of a live session for this service itself: the first of `AUDIENCE`.

    For the views that show or end what belongs to the user's other logins: a service that was shown a token
    for itself must not rule the account.
    """

    def get_user(self, claims: Claims) -> AbstractBaseUser | tokens.TokenUser:
        first = conf().audience
        if first is not None and claims.get("aud") not in (first, [first]):
            raise InvalidClaim("for another audience than this service", "aud")
        return super().get_user(claims)


class JWTStatelessAuthentication(JWTAuthentication):
    """Accepts an access token without one query: `request.user` is a `TokenUser`.

    The price: who is disabled, deleted or logged out keeps access for the rest of the token's short life,
    whatever `CHECK_SESSION` says.
    """

    def get_user(self, claims: Claims) -> tokens.TokenUser:
        tokens.users.check_naming(claims)
        return tokens.TokenUser(claims)
