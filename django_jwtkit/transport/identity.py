"""From the text of a token to an identity, whoever has issued it.

Each `Source` is a row: our own tokens, and those of others that the settings accept. The types of their
claims differ, so that claims of one source are never taken for those of another.
"""

from collections.abc import Callable, Collection
from operator import attrgetter
from typing import Any, Final, NamedTuple, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import issuers, sessions, tokens
from django_jwtkit.conf import Settings, conf
from django_jwtkit.errors import WrongType
from django_jwtkit.wording import message as _

User = AbstractBaseUser | tokens.TokenUser
Verify = Callable[[str], Any]
OWN: Final = "own"


class Source(NamedTuple):
    """Tokens of one origin beside our own, and how each step treats them.

    `recognize` is a bounded look at an unverified token: it chooses who verifies, and nothing else.
    It returns the function for that, None for a token of another origin. The function returns an instance
    of `claims_type`, which becomes `request.auth`, or raises a `TokenError`. `load_user` returns the active
    user of such claims, `token_user` the one of the stateless class.
    """

    name: str
    is_enabled: Callable[[Settings], object]  # true where the settings accept such tokens
    recognize: Callable[[str], Verify | None]
    claims_type: type
    load_user: Callable[[Any], User]
    token_user: Callable[[Any], User]


SOURCES: Final[tuple[Source, ...]] = (
    Source(
        name="issuer",
        is_enabled=attrgetter("TRUSTED_ISSUERS"),
        recognize=issuers.recognize,
        claims_type=issuers.ForeignToken,
        load_user=issuers.load_user,
        token_user=issuers.token_user,
    ),
    Source(
        name="simplejwt",
        is_enabled=attrgetter("ACCEPT_SIMPLEJWT"),
        recognize=lambda text: tokens.simplejwt.verify if tokens.simplejwt.is_simplejwt(text) else None,
        claims_type=tokens.simplejwt.SimpleJWTClaims,
        load_user=sessions.load_simplejwt_user,
        token_user=tokens.simplejwt.token_user,
    ),
)


class Identity(NamedTuple):
    """A verified token: whose it is is asked by `load_user`. `claims` become `request.auth`."""

    source: str
    claims: Any

    def load_user(self) -> User:
        """Return the existing, active user of the token, or raise a `TokenError`."""
        return load_user(self.claims)


@sensitive_variables()
def find_source(text: str, settings: Settings) -> Source | None:
    """Return who verifies the unverified token `text`, None for our own rings."""
    recognized = _recognize(text, settings)
    return None if recognized is None else recognized[0]


@sensitive_variables()
def _recognize(text: str, settings: Settings) -> tuple[Source, Verify] | None:
    for source in SOURCES:
        if source.is_enabled(settings) and (verify := source.recognize(text)) is not None:
            return source, verify
    return None


@sensitive_variables()
def identify(
    text: str, *, kind: tokens.TokenKind = tokens.ACCESS, sources: Collection[str] | None = None
) -> Identity:
    """Return the identity of the token `text`: of our `kind`, or an access token of another source.

    `sources` are the names of those that are accepted besides our own, by default all. Raises `TokenError`,
    `WrongType` for a source that is not; `ServiceUnavailable`.
    """
    settings = conf()
    recognized = _recognize(text, settings) if kind is tokens.ACCESS else None
    if recognized is not None:
        source, verify = recognized
        if sources is not None and source.name not in sources:
            raise WrongType(_("a token of the source {name!r} is not accepted here", name=source.name))
        return Identity(source.name, verify(text))
    claims = tokens.verify(text, kind=kind, settings=settings)
    if not kind.subject:  # here too: an overridden `get_user` may read `sub` by itself
        tokens.users.check_naming(claims, settings)
    return Identity(OWN, claims)


def log_in(request: HttpRequest, identity: Identity) -> None:
    """Make the user of `identity` that of `request`, and its claims `request.auth`. Raises `TokenError`."""
    user = identity.load_user()

    async def auser() -> User:
        return user

    request.user = cast("Any", user)
    request.auser = cast("Any", auser)
    request.auth = identity.claims  # type: ignore[attr-defined]


def load_user(claims: Any) -> User:
    """Return the existing, active user of verified `claims`; with `CHECK_SESSION` their session lives.

    Foreign tokens have no session of ours, whatever `CHECK_SESSION` says. Raises `TokenError`.
    """
    source = _source_of(claims)
    if source is not None:
        return source.load_user(claims)
    settings = conf()
    return sessions.check(claims) if settings.CHECK_SESSION else tokens.users.load(claims, settings=settings)


def token_user(claims: Any) -> User:
    """Return the user as verified `claims` describe them, for faces that ask no database."""
    source = _source_of(claims)
    if source is not None:
        return source.token_user(claims)
    tokens.users.check_naming(claims)
    return tokens.TokenUser(claims)


def _source_of(claims: Any) -> Source | None:
    return next((source for source in SOURCES if isinstance(claims, source.claims_type)), None)
