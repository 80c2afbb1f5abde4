"""Tokens that a body presents: which kind they are of, and whether their user and session are well."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from django_jwtkit import sessions, tokens
from django_jwtkit.conf import conf
from django_jwtkit.errors import DecryptionError, MalformedToken, TokenError, WrongType

Claims = dict[str, object]

# What one kind's reader says of a token of the other kind.
_OF_ANOTHER_KIND: Final = (WrongType, MalformedToken, DecryptionError)


def verify_either(text: str) -> Claims:
    """Return the claims of an access or a refresh token, whichever `text` is; raise `TokenError` otherwise.

    Encrypted kinds hide their `typ`, so both are tried. The error is that of the kind that `text` is of.
    """
    if tokens.simplejwt.is_accepted(conf()) and tokens.simplejwt.is_simplejwt(text):
        return tokens.simplejwt.verify(text, token_type=None)
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

    Raises `InvalidClaim` for an id that is not a session's.
    """
    if isinstance(claims, tokens.simplejwt.SimpleJWTClaims):  # whose sid, if any, is the project's own
        return None
    return None if claims.get("sid") is None else sessions.session_id(claims)


def check_fully(claims: Claims) -> None:
    """Raise `TokenError` unless the user of verified `claims` is well and their session, if any, lives.

    Of a refresh token this never says whether it is the newest. A thief who could ask that, without a
    trace, would wait for the owner's refresh and then come within `REFRESH_GRACE`, each time.
    """
    if isinstance(claims, tokens.simplejwt.SimpleJWTClaims):
        sessions.check_simplejwt(claims)
    elif not conf().CHECK_SESSION and "sid" not in claims:
        tokens.users.load(claims)
    else:
        sessions.check(claims)
