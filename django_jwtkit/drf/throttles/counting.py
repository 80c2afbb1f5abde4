"""Counts in the project's cache, each step atomic.

There are two windows: the present one, and the last one by the share of it that is less than a period old.
A cache that does not answer is a 503: nobody may guess without a count.
"""

import logging
from types import TracebackType

from django.core.cache.backends.base import BaseCache

from django_jwtkit import keys
from django_jwtkit.drf.challenges import Unavailable, translated_errors
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger
from django_jwtkit.transport import UNAVAILABLE

logger = get_logger("drf")


class Count:
    """A count under a name: at most `limit` in any period of `duration` seconds, about.

    Raises `Unavailable` where the tenant whose count it is cannot be determined.
    """

    def __init__(self, cache: BaseCache, name: str, limit: int, duration: float) -> None:
        self._cache, self._limit, self._duration = cache, limit, duration
        with translated_errors():
            self._name = f"throttle_{name}:{keys.current_store().tag}"  # each tenant's by themselves
        self._window = ""

    def take(self, now: float) -> float | None:
        """Count one more; return None, or, where that is too many, uncount it and return the seconds to wait.

        Raises `Unavailable`.
        """
        with _CacheMayFail():
            index, elapsed = divmod(now, self._duration)
            self._window = f"{self._name}:{int(index)}"
            count = self._add(1)
            before = min(self._cache.get(f"{self._name}:{int(index) - 1}", 0), self._limit)
            share = 1 - elapsed / self._duration
            if count + before * share <= self._limit:
                return None
            self._add(-1)
            if count > self._limit:
                return self._duration * (share + 1 / max(self._limit, 1))
            return float(self._duration * (share - (self._limit - count) / before))

    def give_back(self) -> None:
        """Uncount what `take` has counted. A cache that fails now changes no answer."""
        try:
            with _CacheMayFail():
                self._add(-1)
        except Unavailable:
            return

    def _add(self, step: int) -> int:
        lifetime = int(2 * self._duration) + 1
        for _ in range(2):  # the entry may expire in between
            added = self._cache.add(self._window, 0, lifetime)
            try:
                count = self._cache.incr(self._window, step)
            except ValueError:
                if added:  # Django's dummy, which keeps nothing
                    return 0
                continue
            if getattr(self._cache.incr, "__func__", None) is BaseCache.incr:  # it forgets the lifetime
                self._cache.touch(self._window, lifetime)
            return int(count)
        raise ConnectionError("the cache keeps no count")


class _CacheMayFail:
    """Turns any error of the cache into a 503: cache clients share no root of errors."""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception):
            words = f"the cache of the throttles fails ({type(error).__name__})"
            log_limited(logger, logging.ERROR, "throttle_cache_down", UNAVAILABLE, words, error=error)
            raise Unavailable from error
