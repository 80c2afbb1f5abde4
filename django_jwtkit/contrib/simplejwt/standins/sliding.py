"""Sliding tokens, which are not here."""

from typing import ClassVar, Final, Never

from django_jwtkit.contrib.simplejwt.exceptions import TokenError

NO_SLIDING: Final = (
    "There are no sliding tokens: a token that renews itself cannot be ended. Use a pair instead: "
    "token_obtain_pair and token_refresh, with RefreshToken.for_user(user) in code."
)


class NoSlidingToken(TokenError, NotImplementedError):
    """To a program a missing feature; to a client of `AUTH_TOKEN_CLASSES` a refused token."""


class SlidingToken:
    """What an import of the name finds: each use raises, with what to use instead."""

    token_type: ClassVar[str] = "sliding"  # noqa: S105

    def __init__(self, *_: object, **__: object) -> None:
        raise NoSlidingToken(NO_SLIDING)

    @classmethod
    def for_user(cls, user: object) -> Never:
        raise NoSlidingToken(NO_SLIDING)
