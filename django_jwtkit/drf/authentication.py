"""From a token to its user: None is "not mine", an exception "mine and bad", a pair "good"."""

import re
from collections.abc import Iterable, Mapping
from typing import ClassVar, Final, Never
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.views.decorators.debug import sensitive_variables
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from django_jwtkit import sessions, tokens
from django_jwtkit.conf import conf
from django_jwtkit.errors import DecryptionError, InvalidClaim, MalformedToken, TokenError, WrongType

from .challenges import CHALLENGE, Refused, Unavailable, answers, limit_line_of_view

Claims = dict[str, object]

# RFC 9110 §11.1 and §5.6.2: the scheme is a token of any case, so "Bearer\t" is ours, and "Bearers" is not.
_OURS: Final = re.compile(r"\s*bearer(?![!#$%&'*+.^_`|~0-9a-z-])", re.IGNORECASE)

# What one kind's reader says of a token of the other kind.
_OF_ANOTHER_KIND: Final = (WrongType, MalformedToken, DecryptionError)


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
    def authenticate(self, request: Request) -> "tuple[AbstractBaseUser | TokenUser, Claims] | None":
        """Return user and claims, None without a bearer token; raise `Refused` or `Unavailable`."""
        text = bearer(request.META.get("HTTP_AUTHORIZATION"))
        if text is None:
            return None
        try:
            with answers(text):
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

    def get_user(self, claims: Claims) -> "AbstractBaseUser | TokenUser":
        """Return the user of verified `claims`, or raise a `TokenError`."""
        return sessions.check(claims) if conf().CHECK_SESSION else tokens.users.load(claims)


class SessionHolder(JWTAuthentication):
    """Accepts an access token whose session lives, if it has one, whatever `CHECK_SESSION` says.

    For the views that end sessions: what a thief still has after a logout must not log the owner out.
    """

    def get_user(self, claims: Claims) -> "AbstractBaseUser | TokenUser":
        return sessions.check(claims) if "sid" in claims else super().get_user(claims)


class OwnAudience(SessionHolder):
    """Accepts a `SessionHolder`'s token for this service itself: the first of `AUDIENCE`.

    For the views that show or end what belongs to the user's other logins: a service that was shown a token
    for itself must not rule the account.
    """

    def get_user(self, claims: Claims) -> "AbstractBaseUser | TokenUser":
        first = conf().audience
        if first is not None and claims.get("aud") not in (first, [first]):
            raise InvalidClaim("for another audience than this service", "aud")
        return super().get_user(claims)


class JWTStatelessAuthentication(JWTAuthentication):
    """Accepts an access token without one query: `request.user` is a `TokenUser`.

    The price: who is disabled, deleted or logged out keeps access for the rest of the token's short life,
    whatever `CHECK_SESSION` says.
    """

    def get_user(self, claims: Claims) -> "TokenUser":
        tokens.users.check_naming(claims)
        return TokenUser(claims)


def verify_either(text: str) -> Claims:
    """Return the claims of an access or a refresh token, whichever `text` is; raise `TokenError` otherwise.

    Encrypted kinds hide their `typ`, so both are tried. The error told is that of the kind that `text` is of.
    """
    try:
        return tokens.verify(text)
    except TokenError as access_error:
        try:
            return tokens.verify(text, kind=tokens.REFRESH)
        except TokenError as refresh_error:
            if isinstance(access_error, _OF_ANOTHER_KIND):
                raise refresh_error from None
            raise access_error from None


def session_id(claims: Mapping[str, object]) -> UUID | None:
    """Return the session that verified `claims` belong to, None for a token without one.

    Raises `InvalidClaim` for an id that is none of ours.
    """
    sid = claims.get("sid")
    try:
        return UUID(sid) if isinstance(sid, str) else None
    except ValueError as error:
        raise InvalidClaim("not a session's id", "sid") from error


def check_fully(claims: Claims) -> None:
    """Raise `TokenError` unless the user of verified `claims` is well and their session, if any, lives.

    Of a refresh token this never says whether it is the newest. A thief who could ask that, without a
    trace, would wait for the owner's refresh and then come within `REFRESH_GRACE`, each time.
    """
    if not conf().CHECK_SESSION and "sid" not in claims:
        tokens.users.load(claims)
    else:
        sessions.check(claims)


class TokenUser:
    """A user as its token describes it, for views that need no database.

    `pk` is the `sub` claim, a string; permissions are the strings in the claim `permissions`, which only the
    project's `CLAIMS_FUNCTION` can put there. No claim makes anybody staff or superuser.
    """

    is_active = is_authenticated = True
    is_anonymous = is_staff = is_superuser = False

    def __init__(self, claims: Mapping[str, object]) -> None:
        self.claims = claims
        self.pk = self.id = str(claims["sub"])

    def get_username(self) -> str:
        return self.pk

    def get_all_permissions(self, obj: object = None) -> frozenset[str]:
        """Return the permissions in the token; none for a single object, of which it knows nothing."""
        named = self.claims.get("permissions")
        if obj is not None or not isinstance(named, list):
            return frozenset()
        return frozenset(name for name in named if isinstance(name, str))

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return perm in self.get_all_permissions(obj)

    def has_perms(self, perm_list: Iterable[str], obj: object = None) -> bool:
        return self.get_all_permissions(obj).issuperset(perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return any(name.startswith(f"{app_label}.") for name in self.get_all_permissions())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TokenUser) and other.pk == self.pk

    def __hash__(self) -> int:
        return hash(self.pk)

    def __str__(self) -> str:
        return self.pk

    def __getattr__(self, name: str) -> Never:
        message = (
            f"TokenUser has no {name!r}: JWTStatelessAuthentication never asks the database. "
            "Use JWTAuthentication where the user's row is needed."
        )
        raise AttributeError(message)
