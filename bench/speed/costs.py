"""The cost of each setting: `authenticate()` in the simplest project, and with one setting more."""

from collections.abc import Callable, Iterator, Mapping
from itertools import cycle

from django.contrib.auth.base_user import AbstractBaseUser

from bench.project import credentials, stage
from bench.project.settings import ALGORITHMS, JWTKIT, LIFETIME
from bench.project.urls import Checking
from bench.rounds import Comparison, Contender
from django_jwtkit import tokens
from django_jwtkit.drf import JWTAuthentication, JWTStatelessAuthentication
from django_jwtkit.jose import Key
from django_jwtkit.tokens import TokenKind

from . import bare
from .requests import asking, lines

POOLS = {"a new token": 1500, "a repeated token": 1}  # more tokens than are cached, and one
SETTINGS = "settings, {}"  # the title of a comparison
PLAIN = "none of these, HS256"
CACHED = {**JWTKIT, "SESSION_CACHE": "default"}  # in this process's memory; Redis adds a round trip

Kinds = Mapping[str, TokenKind]


def comparisons() -> list[Comparison]:
    """Every setting but one, and what `tokens.verify` alone takes, for new tokens and for repeated ones."""
    user, kinds = stage.user(), {algorithm: kind_of(algorithm) for algorithm in ALGORITHMS}
    hidden = TokenKind("hidden", typ="hidden+jwt", lifetime=LIFETIME, ring="access", encrypted=True)
    return [
        comparison
        for which, pool in POOLS.items()
        for comparison in (
            Comparison(SETTINGS.format(which), list(_authenticating(user, kinds, hidden, pool))),
            Comparison(f"tokens.verify, {which}", list(_verifying(user, kinds, pool))),
        )
    ]


def cached() -> list[Comparison]:
    """Under `CACHED`: the same for `SESSION_CACHE`, which is a setting of the whole process."""
    return [
        Comparison(
            SETTINGS.format(which),
            [
                Contender(PLAIN, asking(JWTAuthentication(), _own(pool))),
                Contender("CHECK_SESSION and SESSION_CACHE", asking(Checking(), _own(pool))),
            ],
        )
        for which, pool in POOLS.items()
    ]


def kind_of(algorithm: str) -> TokenKind:
    """Return the kind of tokens that the ring of `algorithm` signs."""
    name = f"by-{algorithm.lower()}"
    return TokenKind(name, typ=f"{name}+jwt", lifetime=LIFETIME, ring=name)


def _authenticating(
    user: AbstractBaseUser, kinds: Kinds, hidden: TokenKind, pool: int
) -> Iterator[Contender]:
    yield Contender(PLAIN, asking(JWTAuthentication(), _own(pool)))
    yield Contender("CHECK_SESSION", asking(Checking(), _own(pool)))
    yield Contender('ENCRYPT = ["access"]', _asking(user, hidden, pool))
    for algorithm, kind in list(kinds.items())[1:]:
        yield Contender(f"ALGORITHM = {algorithm}", _asking(user, kind, pool))
    yield Contender("JWTStatelessAuthentication", asking(JWTStatelessAuthentication(), _own(pool)))


def _verifying(user: AbstractBaseUser, kinds: Kinds, pool: int) -> Iterator[Contender]:
    for algorithm, kind in kinds.items():
        texts = cycle(_texts(user, kind, pool))
        yield Contender(algorithm, lambda texts=texts, kind=kind: tokens.verify(next(texts), kind=kind))
    key = Key.generate("HS256")
    yield Contender(bare.HMAC, bare.verifying(key, _texts(user, kinds["HS256"], 1)[0]))


def _asking(user: AbstractBaseUser, kind: TokenKind, pool: int) -> Callable[[], object]:
    by = type("Authentication", (JWTAuthentication,), {"kind": kind})()
    return asking(by, [credentials.bearer(text) for text in _texts(user, kind, pool)])


def _texts(user: AbstractBaseUser, kind: TokenKind, pool: int) -> list[str]:
    return [tokens.issue(user, kind=kind) for _ in range(pool)]


def _own(pool: int) -> list[str]:
    """The tokens of one contender alone: what another one has verified a moment ago would be no new token."""
    return lines(credentials.ours, pool)
