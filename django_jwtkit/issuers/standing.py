"""How a trusted issuer stands, as all processes know it: its keys, and how its last fetches went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django_jwtkit.db import asks_database
from django_jwtkit.errors import KeySetUnavailable, KeyUnusableError, MalformedToken
from django_jwtkit.jose import Key, KeySet, encoding, remote
from django_jwtkit.wording import moment_of

from .models import digest
from .published import Row, parse_jwks
from .registry import Issuer


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How `issuer` stands. Times are None for never; `error` is empty where the last fetch was good.

    `id` is that of its row. `skipped` are members of its set that cannot be used: kid and reason.
    """

    id: str
    issuer: Issuer
    is_fixed: bool
    keys: Sequence[Key] = ()
    skipped: Sequence[tuple[object, str]] = ()
    url: str = ""
    fetched_at: datetime | None = None
    tried_at: datetime | None = None
    refresh_at: datetime | None = None
    error: str = ""

    @property
    def good_until(self) -> datetime | None:
        """Until when the keys that were fetched last verify: `MAX_STALE` after that."""
        return None if self.fetched_at is None else self.fetched_at + self.issuer.settings.MAX_STALE

    def is_stale(self, now: datetime) -> bool:
        """Return whether keys were fetched, and verify no more."""
        return self.good_until is not None and self.good_until < now


@asks_database("issuers.standing_of")
def standing_of(issuer: Issuer) -> Standing:
    """Return how `issuer` stands. Nothing is fetched."""
    if isinstance(issuer.keys, remote.FetchedKeys):
        return _fetched(issuer, Row(issuer.name).read() or issuer.keys.state)
    keys, error = (issuer.keys, "") if isinstance(issuer.keys, KeySet) else (None, _fault(issuer))
    return Standing(
        id=digest(issuer.name),
        issuer=issuer,
        is_fixed=True,
        keys=tuple(keys or ()),
        skipped=() if keys is None else keys.skipped,
        error=error,
    )


@asks_database("issuers.fetch_now")
def fetch_now(issuer: Issuer) -> str:
    """Fetch the keys of `issuer`, due or not, and return why that failed; empty where it did not."""
    return issuer.keys.refresh().error if isinstance(issuer.keys, remote.FetchedKeys) else ""


def _fetched(issuer: Issuer, state: remote.State) -> Standing:
    keys, error = _keys_in(issuer, state)
    return Standing(
        id=digest(issuer.name),
        issuer=issuer,
        is_fixed=False,
        keys=tuple(keys or ()),
        skipped=() if keys is None else keys.skipped,
        url=state.url,
        fetched_at=moment_of(state.fetched_at),
        tried_at=moment_of(state.tried_at),
        refresh_at=None if state.fetched_at is None else moment_of(state.refresh_at),
        error=state.error or error,
    )


def _keys_in(issuer: Issuer, state: remote.State) -> tuple[KeySet | None, str]:
    """Return the keys that were fetched last, and why they cannot be read."""
    if state.keys is not None or not state.body:
        return state.keys, ""
    try:
        return parse_jwks(issuer.name, issuer.settings, encoding.loads(state.body)), ""
    except (KeyUnusableError, MalformedToken) as error:
        return None, str(error)


def _fault(issuer: Issuer) -> str:
    """Return why the fixed set of the settings cannot be used; each face names the issuer beside it."""
    try:
        issuer.keys.find({})
    except KeySetUnavailable as error:
        return str(error).removeprefix(f"{issuer.name}: ")
    return ""
