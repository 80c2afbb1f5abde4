"""From a token to its user: None is "not ours", an exception "ours and bad", a pair "good"."""

from collections.abc import Collection
from typing import Any, ClassVar

from django.views.decorators.debug import sensitive_variables
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from django_jwtkit import sessions, tokens, transport
from django_jwtkit.conf import conf
from django_jwtkit.errors import InvalidClaim

from .challenges import Refused, Unavailable, limit_line_of_view, translate


class JWTAuthentication(BaseAuthentication):
    """Accepts an access token in `Authorization: Bearer …`; `request.auth` is its verified claims.

    No query before a good signature; then one, for the user and, with `CHECK_SESSION`, the session.
    A subclass may name another `kind` of token, find the token elsewhere with `get_token`, or its user with
    `get_user`. `sources` are the tokens of others that it accepts: `None` is all that the settings name.
    """

    kind: ClassVar[tokens.TokenKind] = tokens.ACCESS
    sources: ClassVar[Collection[str] | None] = None

    @sensitive_variables()
    def authenticate(self, request: Request) -> tuple[transport.User, Any] | None:
        """Return user and claims, None without a token of ours; raise `Refused` or `Unavailable`."""
        text = None
        try:
            text = self.get_token(request)
            if text is None:
                return None
            identity = transport.identify(text, kind=self.kind, sources=self.sources)
            return self.get_user(identity.claims), identity.claims
        except transport.REFUSALS as error:
            limit_line_of_view(request)
            raise translate(error, text) from error
        except (Refused, Unavailable):  # from a hook of a subclass
            limit_line_of_view(request)
            raise

    def authenticate_header(self, request: Request) -> str:
        """Return the challenge of a request that brought no token (RFC 6750 §3)."""
        return transport.challenge()

    def get_token(self, request: Request) -> str | None:
        """Return the token that `request` carries, None where it carries none of ours.

        What this returns is verified as any token is. A `TokenError` that this raises becomes a 401.
        """
        return transport.read_header(request.META.get("HTTP_AUTHORIZATION"))

    def get_user(self, claims: Any) -> transport.User:
        """Return the user of verified `claims`, which become `request.auth`, or raise a `TokenError`."""
        return transport.load_user(claims)


class LiveSessionAuthentication(JWTAuthentication):
    """Accepts an access token whose session lives, if it has one, whatever `CHECK_SESSION` says.

    For the views that end sessions: what a thief still has after a logout must not log the owner out. Tokens
    of simplejwt are of this service's own users, and have no session.
    """

    sources = ("simplejwt",)

    def get_user(self, claims: Any) -> transport.User:
        has_session = transport.session_id(claims) is not None
        return sessions.check(claims) if has_session else super().get_user(claims)


class OwnAudienceAuthentication(LiveSessionAuthentication):
    """Accepts an access token of a live session for this service itself: the first of `AUDIENCE`.

    For the views that show or end what belongs to the user's other logins: a service that was shown a token
    for itself must not rule the account.
    """

    def get_user(self, claims: Any) -> transport.User:
        first = conf().audience
        if first is not None and claims.get("aud") not in (first, [first]):
            raise InvalidClaim("for another audience than this service", "aud")
        return super().get_user(claims)


class JWTStatelessAuthentication(JWTAuthentication):
    """Accepts an access token without one query: `request.user` is a `TokenUser`.

    The price: a user who is disabled, deleted or logged out keeps access for the rest of the token's short
    life, whatever `CHECK_SESSION` says.
    """

    def get_user(self, claims: Any) -> transport.User:
        return transport.token_user(claims)
