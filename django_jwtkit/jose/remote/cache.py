"""Keys that are fetched, cached and refreshed, and the requests that wait for a fetch.

    age of the last success    a known key                    an unknown one
    up to its refresh          good                           one fetch a cooldown, then UnknownKey
    after it                   good, refreshed meanwhile      the same
    a fetch has failed         good                           KeySetUnavailable
    beyond `max_stale`         KeySetUnavailable              KeySetUnavailable

A request with a known key never waits. Only an unknown key and a cold start wait, and all of them for the one
fetch that is under way. Forged key IDs use up a budget of their own, so scheduled refreshes go on during a
flood, and a genuine new key is late by one cooldown at most.
"""

import math
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Final, Never

from django_jwtkit import event_loops, forks
from django_jwtkit.errors import (
    InsideEventLoop,
    KeySetUnavailable,
    KeyUnusableError,
    MalformedToken,
    UnknownKey,
)
from django_jwtkit.jose.claims.expectation import moment
from django_jwtkit.jose.jwk.key import Key
from django_jwtkit.jose.jwk.key_set import KeySet
from django_jwtkit.jose.wire.encoding import loads
from django_jwtkit.jose.wire.header import KnownHeaders
from django_jwtkit.logs import get_logger

from . import refresher
from .fetching import Answer
from .flight import SingleFlight
from .state import SKEW, Shared, State, Times

logger = get_logger("jose")

SOONEST: Final = 60.0  # seconds: what a publisher's shorter max-age is raised to
AHEAD: Final = 0.8  # of the time between two fetches: then the next one begins
GRAIN: Final = 0.001  # seconds: a time that was stored may come back rounded
POLL: Final = 0.05  # seconds between two looks at the fetch of another process


class FetchedKeys:
    """A `KeySource` over one published set.

    `fetch` takes the present state and returns the answer and the URL that gave it; `parse` makes keys of a
    JWK Set. `notify` is called with the state before a fetch and the one after, `clean_up` in the thread that
    refreshes, when its work is done.
    """

    def __init__(
        self,
        name: str,
        *,
        fetch: Callable[[State], tuple[Answer, str]],
        parse: Callable[[Mapping[str, object]], KeySet],
        times: Times,
        shared: Shared | None = None,
        notify: Callable[[State, State], None] | None = None,
        clean_up: Callable[[], None] | None = None,
    ) -> None:
        self.name, self._times = name, times
        self._fetch, self._parse, self._shared = fetch, parse, shared
        self._notify, self._clean_up = notify or self._log, clean_up
        self._state = State()
        self._lock = forks.Lock()
        self._flight = SingleFlight()
        self._claimed_at: float | None = None

    @property
    def state(self) -> State:
        return self._state

    @property
    def known_headers(self) -> KnownHeaders:
        keys = self._state.keys
        return {} if keys is None else keys.known_headers

    def find(self, header: Mapping[str, object], now: float | datetime | None = None) -> Key:
        """Return the key that `header` names.

        Raises `UnknownKey`, and `KeySetUnavailable` in an outage.
        """
        at = moment(now)
        if not self._is_good(self._state, at):
            self._start_cold(at)
        if self._is_due(self._state, at):
            refresher.request(self, lambda: self._in_background(self.refresh_if_due, at))
        try:
            return self._keys(at).find(header)
        except UnknownKey:
            self._ask_for_unknown(at)
        return self._find_again(header, at)

    def refresh(self, now: float | datetime | None = None) -> State:
        """Fetch now, whatever is due, and return the outcome. A fetch that is under way is waited for."""
        self._try_fetch(moment(now))
        return self._state

    def refresh_if_due(self, now: float | datetime | None = None) -> State:
        """Fetch what is due at `now`, unless another process does, and return the outcome."""
        at = moment(now)
        self._take_shared()
        state = self._state
        if self._is_due(state, at) and not self._is_cooling_down(state.tried_at, at):
            shared = self._shared
            if shared is None or shared.claim_refresh(at, self._times.cooldown):
                self._try_fetch(at)
        return self._state

    def _keys(self, at: float) -> KeySet:
        keys = self._state.keys
        if keys is None:
            raise self._unavailable(at)
        return keys

    def _find_again(self, header: Mapping[str, object], at: float) -> Key:
        try:
            return self._keys(at).find(header)
        except UnknownKey:
            # The key may be a new one that the publisher is not able to show us.
            if self._state.error:
                raise self._unavailable(at) from None
            raise

    def _is_good(self, state: State, at: float) -> bool:
        return (
            state.keys is not None
            and state.fetched_at is not None
            and at - state.fetched_at <= self._times.max_stale
        )

    def _is_due(self, state: State, at: float) -> bool:
        """Whether it is time to fetch; also where the last fetch lies ahead: a clock was set back."""
        return state.fetched_at is None or not state.fetched_at - SKEW <= at < state.refresh_at

    def _is_cooling_down(self, since: float | None, at: float) -> bool:
        # A request that began earlier may come later; far ahead of it, a clock was set back.
        return since is not None and -SKEW <= at - since < self._times.cooldown

    def _start_cold(self, at: float) -> None:
        """Have keys that are good at `at`, or raise `KeySetUnavailable`."""
        if event_loops.is_running():
            self._leave_to_thread(self._start_cold, at)
        self._take_shared()
        if self._is_good(self._state, at):
            return
        self._flight.fly(lambda: self._fetch_cold(at), self._times.timeout)
        if not self._is_good(self._state, at):
            raise self._unavailable(at)

    def _fetch_cold(self, at: float) -> None:
        """Fetch, and leave the budget of unknown keys alone if that succeeds, here or in another process."""
        is_own = self._claim_or_follow(at)
        if is_own:
            self._fetch_once(at)
        if self._state.error or not self._is_good(self._state, at):
            return
        self._claimed_at = None
        if is_own and self._shared is not None:
            self._shared.release()

    def _ask_for_unknown(self, at: float) -> None:
        if event_loops.is_running():
            if self._flight.is_under_way() or not self._is_cooling_down(self._claimed_at, at):
                self._leave_to_thread(self._ask_for_unknown, at)
            return
        before = self._state
        self._take_shared()
        if self._state is before:
            self._flight.fly(lambda: self._fetch_unknown(at), self._times.timeout)

    def _fetch_unknown(self, at: float) -> None:
        if self._claim_or_follow(at):
            self._fetch_once(at)

    def _claim_or_follow(self, at: float) -> bool:
        """Take the one fetch of this cooldown, before it begins: it counts whatever comes of it.

        Where another process has taken it and is still fetching, wait for what that brings: the key that was
        asked for may be a new one.
        """
        with self._lock.inner:
            if self._is_cooling_down(self._claimed_at, at):
                return False
            self._claimed_at = at
        shared = self._shared
        if shared is None or shared.claim(at, self._times.cooldown):
            return True
        deadline = time.monotonic() + self._times.timeout
        while time.monotonic() < deadline and shared.is_fetching(at, self._times.timeout):
            time.sleep(POLL)
        self._take_shared()
        return False

    def _try_fetch(self, at: float) -> None:
        """Fetch, or wait for the fetch that is under way."""
        if event_loops.is_running():
            self._leave_to_thread(self._try_fetch, at)
        self._flight.fly(lambda: self._fetch_once(at), self._times.timeout)

    def _fetch_once(self, at: float) -> None:
        self._set(self._fetched(self._state, at))

    def _leave_to_thread(self, work: Callable[[float], object], at: float) -> Never:
        """Have a thread do `work`, and raise: an event loop never waits.

        Where the caller repeats an attempt in a thread, that thread does it.
        """
        if event_loops.is_attempt():
            raise InsideEventLoop(f"{self.name}: the keys must be fetched")
        refresher.request(self, lambda: self._in_background(work, at))
        words = "the keys are being fetched, and an event loop never waits: try again, or call it in a thread"
        error = KeySetUnavailable(f"{self.name}: {words}")
        error.retry_after = 1
        raise error

    def _in_background(self, work: Callable[[float], object], at: float) -> None:
        try:
            with suppress(KeySetUnavailable):  # which the state has
                work(at)
        finally:
            if self._clean_up is not None:
                self._clean_up()

    def _fetched(self, before: State, at: float) -> State:
        """Return the state after a fetch: with new keys, or with the old ones and what went wrong."""
        try:
            answer, url = self._fetch(before)
            keys, body = before.keys, before.body
            if answer.body is not None:
                keys, body = self._parse(loads(answer.body)), answer.body
        except (KeySetUnavailable, KeyUnusableError, MalformedToken) as error:
            return replace(before, tried_at=at, error=str(error))
        longest = self._times.refresh_every
        span = longest if answer.max_age is None else min(max(answer.max_age, SOONEST), longest)
        return State(
            keys=keys,
            body=body,
            etag=answer.etag,
            url=url,
            fetched_at=at,
            refresh_at=at + AHEAD * span,
            tried_at=at,
        )

    def _set(self, state: State) -> None:
        before, self._state = self._state, state
        if self._shared is not None:
            self._shared.write(state)
        self._notify(before, state)

    def _take_shared(self) -> None:
        """Take what another process has fetched, if that is newer than what is here."""
        if self._shared is None:
            return
        theirs, here = self._shared.read(), self._state
        if theirs is None or theirs.fetched_at is None:
            return
        if here.fetched_at is None or theirs.fetched_at > here.fetched_at + GRAIN:
            try:
                self._state = replace(theirs, keys=self._parse(loads(theirs.body)))
            except (KeyUnusableError, MalformedToken):
                return  # made under other settings: fetched anew

    def _unavailable(self, at: float) -> KeySetUnavailable:
        """Return the error of an outage: another try makes sense when the next fetch may begin."""
        reason = self._state.error or "they have not been fetched yet"
        since = max(self._claimed_at or 0, self._state.tried_at or 0)
        rest = since + self._times.cooldown - at
        error = KeySetUnavailable(f"{self.name}: no good keys: {reason}")
        error.retry_after = math.ceil(min(max(rest, 1), self._times.cooldown))
        return error

    def _log(self, before: State, state: State) -> None:
        if state.error:
            logger.warning("%s: the keys could not be fetched: %s", self.name, state.error)
