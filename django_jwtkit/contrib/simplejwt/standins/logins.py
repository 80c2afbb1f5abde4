"""The session that a refresh token stands for, and the pair of tokens that it hands out."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from typing import Any, Final, Self

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import keys, sessions, tokens

from .writing import moment

FIXED: Final = (
    "a refresh token must not be changed once it has been handed out: renew it with sessions.refresh(text), "
    "or let TokenRefreshSerializer.validate() do so"
)

_request: Final[ContextVar[HttpRequest | None]] = ContextVar("jwtkit_simplejwt_request", default=None)


@contextmanager
def serving(request: HttpRequest | None) -> Iterator[None]:
    """Have the sessions that begin inside know where `request` came from: `for_user` takes a user alone."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


class Login:
    """A session, by the verified claims of its refresh token."""

    def __init__(self, claims: dict[str, object], login_claims: Mapping[str, object]) -> None:
        self.claims, self.login_claims = claims, dict(login_claims)
        self._pair: sessions.TokenPair | None = None
        self._written: tuple[object, ...] = ()

    @classmethod
    @sensitive_variables()
    def start(cls, user: AbstractBaseUser, claims: Mapping[str, Any], lifetime: timedelta | None) -> Self:
        """Log `user` in. Raises as `sessions.start` does."""
        pair = sessions.start(user, request=_request.get(), claims=claims, lifetime=lifetime)
        login = cls(tokens.verify(pair.refresh, kind=tokens.REFRESH), claims)
        login._pair, login._written = pair, (dict(claims), login.claims["exp"])
        return login

    @classmethod
    def find(cls, claims: dict[str, object]) -> Self:
        """Return the live session that verified `claims` name. Raises `SessionEnded`, `UserNotFound`."""
        return cls(claims, sessions.find(claims, keys.at(None)).login_claims)

    @sensitive_variables()
    def write(self, claims: Mapping[str, Any], exp: int) -> sessions.TokenPair:
        """Return the pair of this login, with these claims and this end. Raises `TokenError`."""
        if self._pair is None or self._written != (claims, exp):
            ends_by = None if exp == self.claims["exp"] else moment(exp)
            self._pair = sessions.amend(self.claims, login_claims=claims, ends_by=ends_by)
            self._written = dict(claims), exp
        return self._pair


class OldLogin(Login):
    """The login of a refresh token of simplejwt: it becomes a session when it hands out a pair."""

    @sensitive_variables()
    def __init__(self, text: str) -> None:
        """Raise `TokenError` for one that is over."""
        claims = tokens.simplejwt.verify(text, token_type=None)
        sessions.check_simplejwt(claims)
        super().__init__(claims, {})
        self._text = text

    @sensitive_variables()
    def write(self, claims: Mapping[str, Any], exp: int) -> sessions.TokenPair:
        """Return the pair of the session that the token becomes; its claims are those of the token."""
        if self._pair is None:
            self._pair = sessions.refresh(self._text, request=_request.get())
        return self._pair

    def revoke(self) -> bool:
        """End the session that the token has become, or keep it from becoming one; return True."""
        sessions.revoke_simplejwt(self._text)
        return True
