"""The state of a published key set, and the part of it that the processes of a service share."""

from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from django_jwtkit.jose.jwk.key_set import KeySet

SKEW: Final = 60.0  # seconds by which the clocks of two hosts that share a set may differ


class Times(NamedTuple):
    """Spans in seconds, as `RemoteKeySet` describes them."""

    refresh_every: float
    cooldown: float
    timeout: float
    max_stale: float


@dataclass(frozen=True, kw_only=True)
class State:
    """The state of a key set. Times are NumericDates, None for never; `error` is empty after a success.

    `fetched_at` is the last success, `refresh_at` when the next fetch is due, `tried_at` the last fetch.
    """

    keys: KeySet | None = None
    body: bytes = b""
    etag: str = ""
    url: str = ""
    fetched_at: float | None = None
    refresh_at: float = 0
    tried_at: float | None = None
    error: str = ""


class Shared(Protocol):
    """What the processes of a service share, so that one fetch serves them all and a restart needs none."""

    def read(self) -> State | None:
        """Return what another process has fetched, if it is there."""

    def claim(self, at: float, cooldown: float) -> bool:
        """Return whether this process has the one fetch for unknown keys since `at - cooldown`."""

    def is_fetching(self, at: float, timeout: float) -> bool:
        """Return whether a process that has claimed since `at - timeout` has not written its outcome yet."""

    def release(self) -> None:
        """Give that fetch back: it was a cold start, which succeeded."""

    def claim_refresh(self, at: float, cooldown: float) -> bool:
        """Return whether this process is the one that refreshes: no other has tried since `at - cooldown`."""

    def write(self, state: State) -> None:
        """Keep the outcome of a fetch."""
