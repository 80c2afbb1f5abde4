"""`token_backend`, which code outside of views asks for a token's claims: a Channels middleware, say."""

from datetime import timedelta
from typing import Any

from django_jwtkit import errors
from django_jwtkit.conf import conf

from .exceptions import TokenBackendError, translate
from .standins.kinds import all_kinds, read


class TokenBackend:
    """Reads tokens. Our keys sign what our rooms issue, and nothing else."""

    leeway: float | timedelta | None = None

    def decode(self, token: str | bytes, verify: bool = True) -> dict[str, Any]:
        """Return the payload of a token of any kind. Raises `TokenBackendError`."""
        if not verify:
            raise TypeError("verify must be True: for a look at a header, jose.unverified_header(text)")
        try:
            return read(token, all_kinds(), old_type=None).payload
        except errors.TokenError as error:
            raise TokenBackendError(translate(error).args[0]) from error

    def encode(self, payload: object) -> str:
        """Raise `TypeError`: a payload names no kind of token."""
        raise TypeError("encode() must not be called: tokens.issue(user, claims=…) makes an access token")

    def get_leeway(self) -> timedelta:
        """Return what `check_exp` allows, by default `LEEWAY`."""
        if self.leeway is None:
            return conf().LEEWAY
        if isinstance(self.leeway, timedelta):
            return self.leeway
        if isinstance(self.leeway, int | float):
            return timedelta(seconds=self.leeway)
        kind = type(self.leeway).__name__
        raise TokenBackendError(f"leeway must be an int, a float or a timedelta, got {kind}")


token_backend = TokenBackend()
