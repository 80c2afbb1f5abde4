"""`OutstandingToken` and `BlacklistedToken`: sessions under simplejwt's names.

They are no models, and nothing but the sessions is stored: enough for a loop over a user's tokens.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Final, Self

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import QuerySet

from django_jwtkit import sessions
from django_jwtkit.sessions import Session

from .rows import Rows

REASON: Final = "revoked"


class OutstandingToken:
    """A login: alive, ended or expired."""

    objects: ClassVar["Rows[OutstandingToken]"]
    token: Final = ""  # texts are stored nowhere

    def __init__(self, session: Session) -> None:
        self.session = session
        self.id = self.pk = self.jti = str(session.pk)
        self.created_at: datetime = session.created_at
        self.expires_at: datetime = session.expires_at

    @property
    def user(self) -> AbstractBaseUser:
        return self.session.user

    def __str__(self) -> str:
        return f"Token for {self.user} ({self.jti})"


class BlacklistedToken:
    """A login that has ended. Making a row of it ends it."""

    objects: ClassVar["BlacklistedTokens"]

    def __init__(self, token: OutstandingToken) -> None:
        self.token = token
        self.id = self.pk = token.id
        self.blacklisted_at: datetime | None = token.session.ended_at

    def save(self) -> bool:
        """End the session; return whether it was alive until now."""
        return sessions.end(self.token.id, reason=REASON)

    def __str__(self) -> str:
        return f"Blacklisted token for {self.token.user}"

    @classmethod
    def of(cls, session: Session) -> Self:
        return cls(OutstandingToken(session))


class BlacklistedTokens(Rows[BlacklistedToken]):
    """The blacklisted tokens, and the ways to add to them."""

    def every_session(self) -> QuerySet[Session]:
        return super().every_session().exclude(ended_at=None)

    def create(self, *, token: OutstandingToken) -> BlacklistedToken:
        return self.get_or_create(token=token)[0]

    def get_or_create(self, *, token: OutstandingToken, **_: object) -> tuple[BlacklistedToken, bool]:
        """End the session of `token`; return it, and whether it was alive until now."""
        blacklisted = BlacklistedToken(token)
        return blacklisted, blacklisted.save()

    def bulk_create(self, rows: Iterable[BlacklistedToken], **_: object) -> list[BlacklistedToken]:
        """End the session of each of `rows`."""
        ended = list(rows)
        for row in ended:
            row.save()
        return ended


OutstandingToken.objects = Rows(OutstandingToken)
BlacklistedToken.objects = BlacklistedTokens(BlacklistedToken.of)
