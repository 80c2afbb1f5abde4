"""Token objects: dicts of claims that become a token of ours when they are written out.

A refresh token stands for a session. A token without a user is of a kind of its own: it can be written and
read, it starts no session, and it authenticates nobody.
"""

from collections import UserDict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self, cast
from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import errors, sessions, tokens
from django_jwtkit.conf import conf
from django_jwtkit.tokens import TokenKind
from django_jwtkit.tokens.simplejwt import SimpleJWTClaims
from django_jwtkit.tokens.users import NO_USER, SUB_FIELD

from .exceptions import TokenError, translate
from .settings import FromSettings, api_settings
from .standins.kinds import all_kinds, kinds_of, read
from .standins.logins import FIXED, Login, OldLogin
from .standins.sliding import SlidingToken
from .standins.users import find_user, load_named
from .standins.writing import RESERVED, lifespan, limit, own_claims, shared_claims, write_nobodys
from .state import TokenBackend, token_backend
from .token_blacklist.models import BlacklistedToken, OutstandingToken
from .utils import aware_utcnow, datetime_from_epoch, datetime_to_epoch

__all__ = ["AccessToken", "RefreshToken", "SlidingToken", "Token", "UntypedToken"]


class Token(UserDict[str, Any]):
    """A token as its claims. A subclass says its `token_type` and `lifetime`."""

    token_type: ClassVar[str | None] = None
    lifetime: ClassVar[Any] = None
    token_backend: ClassVar[TokenBackend] = token_backend

    @sensitive_variables()
    def __init__(self, token: str | bytes | None = None, verify: bool = True) -> None:
        """Begin a new token, or read the text in `token`. Raises `TokenError`."""
        if self.token_type is None or self.lifetime is None:
            raise TokenError("Cannot create token with no type or lifetime")
        if not verify:
            raise TypeError("verify must be True: claims that nobody has proven are not read")
        super().__init__()
        self.token, self.current_time = token, aware_utcnow()
        self.claims: dict[str, object] = {}  # the verified Claims Set, of a token that was read
        self._user: AbstractBaseUser | None = None
        self._written: tuple[dict[str, Any], str] | None = None
        if token is None:
            self._begin()
        else:
            try:
                text = self._read(token)
            except errors.TokenError as error:
                raise translate(error) from error
            self.verify()
            self._written = dict(self.payload), text

    def _begin(self) -> None:
        if api_settings.TOKEN_TYPE_CLAIM:
            self.payload[api_settings.TOKEN_TYPE_CLAIM] = self.token_type
        self.set_exp()
        self.set_iat()
        if api_settings.JTI_CLAIM:
            self.set_jti()

    @property
    def payload(self) -> dict[str, Any]:
        """The claims."""
        return self.data

    @sensitive_variables()
    def _read(self, token: str | bytes) -> str:
        """Take the claims of `token`; return its text."""
        reading = read(token, self._readable(), old_type=self._old_type())
        self.claims, self.data = reading.claims, reading.payload
        if api_settings.TOKEN_TYPE_CLAIM and not self.is_without_user:  # the header's typ has said it
            self.payload.setdefault(api_settings.TOKEN_TYPE_CLAIM, self.token_type)
        return reading.text

    def _readable(self) -> Iterator[TokenKind]:
        yield from kinds_of(str(self.token_type))

    def _old_type(self) -> str | None:
        """Return the type of simplejwt's own tokens that is read, None for any."""
        return self.token_type

    @property
    def is_old(self) -> bool:
        """Whether simplejwt itself has issued the token."""
        return isinstance(self.claims, SimpleJWTClaims)

    def verify(self) -> None:
        """Check what the signature does not prove. Raises `TokenError`."""
        self.check_exp()
        name = api_settings.JTI_CLAIM
        if name and not {name, "jti"} & self.payload.keys():
            raise TokenError("Token has no id")
        if api_settings.TOKEN_TYPE_CLAIM:
            self.verify_token_type()

    def verify_token_type(self) -> None:
        """Raise `TokenError` unless the token is of this class's type."""
        claimed = self.payload.get(api_settings.TOKEN_TYPE_CLAIM)
        if claimed != self.token_type:
            raise TokenError("Token has no type" if claimed is None else "Token has wrong type")

    def set_jti(self) -> None:
        """Give the token another id."""
        self[api_settings.JTI_CLAIM or "jti"] = uuid4().hex

    def set_exp(
        self, claim: str = "exp", from_time: datetime | None = None, lifetime: timedelta | None = None
    ) -> None:
        """Set when the token expires: by default its lifetime from when it was begun."""
        start = self.current_time if from_time is None else from_time
        self[claim] = datetime_to_epoch(start + (self.lifetime if lifetime is None else lifetime))

    def set_iat(self, claim: str = "iat", at_time: datetime | None = None) -> None:
        """Set when the token was issued: by default when it was begun."""
        self[claim] = datetime_to_epoch(self.current_time if at_time is None else at_time)

    def check_exp(self, claim: str = "exp", current_time: datetime | None = None) -> None:
        """Raise `TokenError` unless the time in `claim` lies ahead."""
        if claim not in self.payload:
            raise TokenError(f"Token has no '{claim}' claim")
        now = self.current_time if current_time is None else current_time
        if datetime_from_epoch(self.payload[claim]) <= now - self.token_backend.get_leeway():
            raise TokenError(f"Token '{claim}' claim has expired")

    def get_token_backend(self) -> TokenBackend:
        return self.token_backend

    def outstand(self) -> None:
        """Do nothing: a session is a row of its own, and no token is stored."""

    def __setitem__(self, name: str, value: Any) -> None:
        self._refuse(name)
        super().__setitem__(name, value)

    def _refuse(self, name: str) -> None:
        """Raise `ValueError` or `TypeError` for a claim that must not be set."""
        if name in RESERVED and name != api_settings.USER_ID_CLAIM:
            raise ValueError(f"claim {name!r} must not be set: the name is reserved")

    @classmethod
    def for_user(cls, user: AbstractBaseUser) -> Self:
        """Return a new token that names `user`."""
        token = cls()
        token._user = user
        token.payload[api_settings.USER_ID_CLAIM] = str(getattr(user, api_settings.USER_ID_FIELD))
        return token

    @sensitive_variables()
    def __str__(self) -> str:
        """Return the token's text, the same one until a claim changes. Raises `TokenError`."""
        if self._written is None or self._written[0] != self.payload:
            try:
                self._written = dict(self.payload), self._write()
            except errors.TokenError as error:
                raise translate(error) from error
        return self._written[1]

    @property
    def is_without_user(self) -> bool:
        """Whether the token was read, and names no user."""
        return not self.is_old and self.claims.get(SUB_FIELD) == NO_USER

    def user(self) -> AbstractBaseUser | None:
        """Return the user that the token names, None for nobody."""
        if self._user is None and self.claims:
            self._user = None if self.is_without_user else load_named(self.claims)
        elif self._user is None and api_settings.USER_ID_CLAIM in self.payload:
            self._user = find_user(self.payload[api_settings.USER_ID_CLAIM])
        return self._user

    @sensitive_variables()
    def _write(self) -> str:
        user, (start, end) = self.user(), lifespan(self.payload, datetime_to_epoch(aware_utcnow()))
        kinds, sid = kinds_of(str(self.token_type)), None if self.is_old else self.claims.get("sid")
        if user is None:
            return write_nobodys(self.payload, kinds.nobodys, start, end)
        own = own_claims(self.payload)
        named = None if sid is None else str(sid)
        return tokens.issue(user, kind=kinds.named, claims=own, sid=named, lifetime=end - start, now=start)


class AccessToken(Token):
    token_type = "access"  # noqa: S105
    lifetime = FromSettings("ACCESS_TOKEN_LIFETIME")


class RefreshToken(Token):
    """A login: `jti` is the id of its session, whose row keeps the claims."""

    token_type = "refresh"  # noqa: S105
    lifetime = FromSettings("REFRESH_TOKEN_LIFETIME")
    no_copy_claims: ClassVar[tuple[str, ...]] = ("token_type", "exp", "iat", "jti")
    access_token_class: ClassVar[type[AccessToken]] = AccessToken
    _login: Login | None = None

    @classmethod
    def for_user(cls, user: AbstractBaseUser) -> Self:
        """Log `user` in, and return the token. Raises `UserInactive`."""
        token = super().for_user(user)
        token.start()
        return token

    @property
    def access_token(self) -> AccessToken:
        """An access token of this login, with its claims. Raises `TokenError`."""
        try:
            if not self.start():
                return self._copy()
            access = self.access_token_class(self._pair().access)
        except errors.TokenError as error:
            raise translate(error) from error
        if access.lifetime != conf().ACCESS_TOKEN_LIFETIME:
            access.set_exp(from_time=self.current_time)
        return access

    def start(self) -> bool:
        """Begin the session, unless it has begun; return whether there is one: not for nobody."""
        if self._login is not None:
            return True
        user = self.user()
        if user is not None:
            self._login = Login.start(user, self._login_claims(), limit(self.payload, self.current_time))
            self._join(self._login.claims)
        return user is not None

    def blacklist(self) -> tuple[BlacklistedToken | None, bool]:
        """End the session; return it, and whether it was alive until now. A token of nobody has none."""
        if isinstance(self._login, OldLogin):
            return None, self._login.revoke()
        if not self.start():
            return None, False
        return BlacklistedToken.objects.get_or_create(token=OutstandingToken.objects.get(jti=self["jti"]))

    @sensitive_variables()
    def _read(self, token: str | bytes) -> str:
        text = super()._read(token)
        if self.is_without_user:
            return text
        self._login = OldLogin(text) if self.is_old else Login.find(self.claims)
        if not self.is_old:
            self.data = {**self._login.login_claims, **self.payload}
            self._join(self.claims)
        return text

    @sensitive_variables()
    def _write(self) -> str:
        return self._pair().refresh if self.start() else super()._write()

    @sensitive_variables()
    def _pair(self) -> sessions.TokenPair:
        pair = cast("Login", self._login).write(self._login_claims(), self.payload["exp"])
        self._written = dict(self.payload), pair.refresh
        return pair

    def _join(self, claims: dict[str, object]) -> None:
        self.claims = claims
        self.data |= {"exp": claims["exp"], "iat": claims["iat"], "jti": claims["sid"]}

    def _copy(self) -> AccessToken:
        access = self.access_token_class()
        access.set_exp(from_time=self.current_time)
        access.update(shared_claims(self.payload, self.no_copy_claims))
        return access

    def _login_claims(self) -> dict[str, Any]:
        name, claims = api_settings.TOKEN_TYPE_CLAIM, shared_claims(self.payload, self.no_copy_claims)
        return {**claims, name: self.access_token_class.token_type} if name else claims

    def _refuse(self, name: str) -> None:
        super()._refuse(name)
        if self._login is not None and (self.token is not None or name in {"iat", "jti"}):
            raise TypeError(FIXED)


class UntypedToken(Token):
    """A token of any type, for its claims."""

    token_type = "untyped"  # noqa: S105
    lifetime = timedelta(0)

    def _readable(self) -> Iterator[TokenKind]:
        return all_kinds()

    def verify_token_type(self) -> None:
        pass

    def _old_type(self) -> None:
        return None
