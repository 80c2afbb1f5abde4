"""The table of key sets as `jose` sees it: one fetch serves all processes, and a restart needs none."""

import logging
from datetime import UTC, datetime
from typing import Final

from django.db import DatabaseError, router
from django.db.models import F, Q, QuerySet

from django_jwtkit.issuers.models import TrustedKeySet, digest
from django_jwtkit.jose.remote import SKEW, State
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger

logger = get_logger("issuers")

MAX_ERROR: Final = 500


class Row:
    """The row of one issuer. Where the table cannot be asked, each process goes on by itself."""

    def __init__(self, issuer: str) -> None:
        self.issuer, self._digest = issuer, digest(issuer)

    def read(self) -> State | None:
        try:
            row = self._rows().filter(digest=self._digest).first()
        except DatabaseError as error:
            self._report(error)
            return None
        return None if row is None else _state_of(row)

    def claim(self, at: float, cooldown: float) -> bool:
        return self._claim("claimed_at", at, cooldown)

    def claim_refresh(self, at: float, cooldown: float) -> bool:
        return self._claim("tried_at", at, cooldown)

    def is_fetching(self, at: float, timeout: float) -> bool:
        claimed = self._rows().filter(digest=self._digest, claimed_at__gt=_datetime(at - timeout))
        try:
            return claimed.exclude(tried_at__gte=F("claimed_at")).exists()
        except DatabaseError as error:
            self._report(error)
            return False

    def release(self) -> None:
        try:
            self._rows().filter(digest=self._digest).update(claimed_at=None)
        except DatabaseError as error:
            self._report(error)

    def _claim(self, column: str, at: float, cooldown: float) -> bool:
        """Take the slot in `column` and return whether it was free: one UPDATE decides between processes."""
        moment, since, ahead = map(_datetime, (at, at - cooldown, at + SKEW))
        free = Q((column, None)) | Q((f"{column}__lte", since)) | Q((f"{column}__gt", ahead))
        try:
            if self._rows().filter(free, digest=self._digest).update(**{column: moment}):
                return True
            _, is_new = self._rows().get_or_create(
                digest=self._digest, defaults={"issuer": self.issuer, column: moment}
            )
        except DatabaseError as error:
            self._report(error)
            return True
        return is_new

    def write(self, state: State) -> None:
        values = {
            "issuer": self.issuer,
            "jwks_url": state.url,
            "body": state.body.decode("utf-8", "replace"),
            "etag": state.etag,
            "fetched_at": None if state.fetched_at is None else _datetime(state.fetched_at),
            "refresh_at": None if state.fetched_at is None else _datetime(state.refresh_at),
            "tried_at": None if state.tried_at is None else _datetime(state.tried_at),
            "error": state.error[:MAX_ERROR],
        }
        try:
            self._rows().update_or_create(digest=self._digest, defaults=values)
        except DatabaseError as error:
            self._report(error)

    def pin(self, url: str) -> None:
        """Trust `url` as the address of the keys from now on."""
        self._rows().update_or_create(digest=self._digest, defaults={"issuer": self.issuer, "jwks_url": url})

    def pinned_url(self) -> str:
        """Return the address that the keys were last fetched from; empty for none."""
        state = self.read()
        return "" if state is None else state.url

    def _rows(self) -> QuerySet[TrustedKeySet]:
        return TrustedKeySet.objects.using(router.db_for_write(TrustedKeySet))

    def _report(self, error: DatabaseError) -> None:
        words = "Issuer %s: its row cannot be used, so this process fetches for itself: %s"
        log_limited(logger, logging.WARNING, "issuer_row", words, self.issuer, error, limit_by=self.issuer)


def _state_of(row: TrustedKeySet) -> State:
    fetched_at, refresh_at, tried_at = map(_numeric, (row.fetched_at, row.refresh_at, row.tried_at))
    return State(
        body=row.body.encode(),
        etag=row.etag,
        url=row.jwks_url,
        fetched_at=fetched_at,
        refresh_at=refresh_at or 0,
        tried_at=tried_at,
        error=row.error,
    )


def _numeric(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _datetime(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
