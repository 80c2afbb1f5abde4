"""`RemoteKeySet`: somebody else's JWK Set by its URL, for services that only verify."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from django_jwtkit.errors import KeySetUnavailable
from django_jwtkit.jose.jwk.foreign_sets import DEFAULT_ALGORITHMS, Skipped
from django_jwtkit.jose.jwk.key import Key
from django_jwtkit.jose.jwk.key_set import KeySet, check_published_call
from django_jwtkit.jose.wire.header import KnownHeaders

from .addresses import parse_url
from .cache import FetchedKeys
from .fetching import Answer, Fetcher
from .state import State, Times

LEAST: Final = 1  # second
MOST: Final = 366 * 86_400  # seconds


def _check_times(times: Times) -> None:
    for name, value in times._asdict().items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"{name} must be a number of seconds, got {type(value).__name__}")
        if not LEAST <= value <= MOST:
            raise ValueError(f"{name} must be from {LEAST} to {MOST} seconds, got {value}")


class RemoteKeySet:
    """The keys that `url` publishes, fetched when they are needed and refreshed ahead of time.

    Hand it to `jwt.decode` as `keys`. It needs no Django, and is safe for threads and forks. Make one for the
    process and keep it: one that is made for each request fetches for each request.
    """

    def __init__(
        self,
        url: str,
        *,
        algorithms: Collection[str] = DEFAULT_ALGORITHMS,
        use: str = "sig",
        ca_file: str | None = None,
        bearer_file: str | None = None,
        private_addresses: bool = False,
        refresh_every: float = 600,
        cooldown: float = 30,
        timeout: float = 5,
        max_stale: float = 86_400,
    ) -> None:
        """Take note; nothing is fetched yet.

        `algorithms` and `use` are as `KeySet.published` takes them. `ca_file` has the certificates to trust
        instead of the system's, `bearer_file` a token to send. Private addresses are refused unless
        `private_addresses`; http is for loopback addresses only.

        In seconds, at least 1 each: the set is fetched every `refresh_every`, or earlier if its publisher
        says so, and for unknown keys at most once per `cooldown`. A fetch takes `timeout` in all. Without a
        success for `max_stale` no key is good.

        Raises `TypeError` or `ValueError` for a wrong call.
        """
        address = parse_url(url, private_addresses=private_addresses)
        check_published_call(algorithms, use)
        times = Times(refresh_every=refresh_every, cooldown=cooldown, timeout=timeout, max_stale=max_stale)
        _check_times(times)
        fetcher = Fetcher(
            timeout=timeout,
            ca_file=ca_file,
            bearer_file=bearer_file,
            bearer_origin=address.origin,
            private_addresses=private_addresses,
        )

        def fetch(state: State) -> tuple[Answer, str]:
            return fetcher.get(url, state.etag), url

        def parse(jwks: Mapping[str, object]) -> KeySet:
            return KeySet.published(jwks, algorithms=algorithms, use=use)

        self.url = url
        self._fetched = FetchedKeys(url, fetch=fetch, parse=parse, times=times)

    @property
    def known_headers(self) -> KnownHeaders:
        return self._fetched.known_headers

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """The members of the set that cannot be used: pairs of kid, or None, and reason."""
        keys = self._fetched.state.keys
        return () if keys is None else keys.skipped

    def find(self, header: Mapping[str, object], now: float | datetime | None = None) -> Key:
        """Return the key that `header` names.

        Raises `UnknownKey`, and in an outage `ServiceUnavailable`: the token is not to blame.
        """
        return self._fetched.find(header, now)

    def refresh(self) -> None:
        """Fetch the set now. Raises `ServiceUnavailable`; the keys of before are kept."""
        if error := self._fetched.refresh().error:
            raise KeySetUnavailable(f"{self.url}: {error}")

    def __repr__(self) -> str:
        keys = self._fetched.state.keys
        return f"<RemoteKeySet {self.url}, {'not fetched yet' if keys is None else f'{len(keys)} keys'}>"
