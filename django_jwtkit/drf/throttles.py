"""Limits on what strangers may try: requests of one address, failed logins of one account.

Both count in two windows of the cache: the present one, and the last one by the share of it that is less than
a period old. Each count is one atomic step. A cache that does not answer is a 503: without a count nobody may
guess.
"""

import logging
import unicodedata
import uuid
from collections.abc import Mapping
from contextvars import ContextVar
from ipaddress import ip_network
from types import TracebackType
from typing import Any, ClassVar, Final, Self, cast

from django.contrib.auth import get_user_model, user_login_failed
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.cache.backends.base import BaseCache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables
from rest_framework.exceptions import APIException, Throttled
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.conf import Rate, conf
from django_jwtkit.errors import UserRefused
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger
from django_jwtkit.sessions.clients import canonical, client_of
from django_jwtkit.sessions.rows import rows
from django_jwtkit.wording import escape

from .challenges import UNAVAILABLE, Unavailable, answers

logger = get_logger("drf")

MAX_NAME: Final = 100  # characters of an account's name in a log line
MAX_ADDRESSES: Final = 200  # of an account's sessions: the newest
MASK: Final = "********************"  # as Django masks a password for the receivers of `user_login_failed`


class Count:
    """What was counted under a name: at most `limit` in any period of `duration` seconds, about.

    Raises `Unavailable` where nobody knows whose count it is.
    """

    def __init__(self, cache: BaseCache, name: str, limit: int, duration: float) -> None:
        self._cache, self._limit, self._duration = cache, limit, duration
        with answers():
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
    """Makes a 503 of whatever goes wrong with the cache: cache clients share no root of errors."""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception):
            words = f"the cache of the throttles fails ({type(error).__name__})"
            log_limited(logger, logging.ERROR, "throttle_cache_down", UNAVAILABLE, words, error=error)
            raise Unavailable from error


class ScopeThrottle(ScopedRateThrottle):
    """`DEFAULT_THROTTLE_RATES` for the view's scope, or no limit where the project sets none."""

    _wait: float | None = None

    def get_rate(self) -> str | None:
        return _rate(self.scope)

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count the request; return whether it is one of those that the rate allows. Raises `Unavailable`."""
        self.scope = getattr(view, self.scope_attr, None)
        rate = self.get_rate()
        if not self.scope or rate is None:
            return True
        limit, duration = self.parse_rate(rate)
        client = self.get_ident(request)
        if not client:
            _tell_of_no_address(self.scope)
            return True
        self._wait = Count(self.cache, f"{self.scope}_{client}", limit, duration).take(self.timer())
        return self._wait is None

    def parse_rate(self, rate: str) -> tuple[int, int]:  # type: ignore[override] # never asked for None
        """Return limit and seconds. Raises `Unavailable` for what is no rate: no limit would be worse."""
        return _parsed(rate, self.scope)

    def wait(self) -> float | None:
        return self._wait

    def get_ident(self, request: Request) -> str:
        """Return the throttling key: the client's address, or its network of version 6.

        Without `NUM_PROXIES` DRF would trust any `X-Forwarded-For`. Empty where the server tells no address,
        as behind a Unix socket, and nothing is set that finds one: one client could shut out all others.
        Where something is set, clients without an address share one key.
        """
        if api_settings.NUM_PROXIES is not None:
            address = canonical(super().get_ident(request))
        else:
            address = client_of(request._request).address  # noqa: SLF001 - `CLIENT_ADDRESS` wants Django's own
        is_unset = api_settings.NUM_PROXIES is None and conf().CLIENT_ADDRESS is None
        return "" if address is None and is_unset else network(address)


def network(address: str | None) -> str:
    """Return whose address it is: a subscriber has 2 ** 64 of version 6."""
    return str(ip_network((address, 64), strict=False)) if address and ":" in address else str(address)


def _rate(scope: str | None) -> str | None:
    rates = cast("Mapping[str | None, str | None]", api_settings.DEFAULT_THROTTLE_RATES)
    return rates.get(scope)


def _parsed(rate: object, scope: str | None) -> Rate:
    try:
        return Rate.parse(rate)
    except ValueError as error:
        words = f"DEFAULT_THROTTLE_RATES[{scope!r}] {error}"
        log_limited(logger, logging.ERROR, "rate_unusable", UNAVAILABLE, words, limit_by=scope or "")
        raise Unavailable from error


def _tell_of_no_address(scope: str) -> None:
    words = "Requests come without a client address, so the rate %s is not applied: set CLIENT_ADDRESS"
    log_limited(logger, logging.WARNING, "no_client_address", words, scope, limit_by=scope, lines=1)


class LoginAttempt:
    """One login: refused where its account had too many failures, counted and told where it fails.

    It is counted before the password is hashed, and uncounted unless it fails: of a thousand guesses at once
    no more than the rate allows are tried. Nothing here depends on whether the account exists.
    """

    SCOPE: ClassVar[str] = "jwtkit_account"

    @sensitive_variables()
    def __init__(self, request: HttpRequest, credentials: Mapping[str, Any]) -> None:
        field = get_user_model().USERNAME_FIELD
        self.user: AbstractBaseUser | None = None
        self._request = request
        self._name = str(credentials.get(field, ""))
        self._masked = {name: value if name == field else MASK for name, value in credentials.items()}
        self._address = client_of(request).address
        self._count: Count | None = None
        self._signals: list[object] = []

    def __enter__(self) -> Self:
        rate = _rate(self.SCOPE)
        if rate is not None:
            self._take(*_parsed(rate, self.SCOPE))
        self._signals = []
        self._listening = _failures.set(self._signals)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _failures.reset(self._listening)
        if is_refusal(error):
            self._fail()
        elif self._count is not None:
            self._count.give_back()

    def _take(self, limit: int, duration: int) -> None:
        # A database may find a user by more spellings than these: "álice" on MariaDB, any case of a citext.
        user = _find_user(self._name)
        name = self._name if user is None else user.get_username()
        count = Count(ScopeThrottle.cache, f"{self.SCOPE}_{hashed(name)}", limit, duration)
        wait = count.take(ScopeThrottle.timer())
        if wait is None:
            self._count = count
        elif not self._is_from_known_device(user):
            self._tell(logging.WARNING, "login_throttled", "Login throttled", "jwtkit_account")
            raise Throttled(wait)

    def _is_from_known_device(self, user: AbstractBaseUser | None) -> bool:
        """Whether a live session of the account has this address: one query, also where there is none."""
        known = rows().filter(pk=uuid.uuid4()) if user is None else sessions.live(user)
        addresses = list(known.values_list("address", flat=True)[:MAX_ADDRESSES])
        here = network(self._address)
        return self._address is not None and here in {network(each) for each in addresses if each}

    def _fail(self) -> None:
        if self.user is None:
            reason = "credentials" if self._signals else "refused"
        else:
            reason = "refused" if tokens.users.is_active(self.user) else "inactive"
        self._tell(logging.INFO, "login_failed", "Login failed", reason)
        if not self._signals:
            user_login_failed.send_robust(sender=__name__, credentials=self._masked, request=self._request)

    def _tell(self, level: int, event: str, words: str, reason: str) -> None:
        account, message = escape(self._name, MAX_NAME), f"{words}: account %s, from %s: %s"
        fields = {"account": account, "actor": None, "address": self._address, "reason": reason}
        log_limited(logger, level, event, message, account, self._address or "-", reason, fields=fields)


_failures: Final[ContextVar[list[object] | None]] = ContextVar("jwtkit_login_failures", default=None)


def _note_failure(sender: object, **fields: object) -> None:
    """Receive `user_login_failed`: Django sends it when no backend knows the credentials."""
    failures = _failures.get()
    if failures is not None:
        failures.append(sender)


user_login_failed.connect(_note_failure, dispatch_uid="jwtkit.note_login_failure")


def is_refusal(error: BaseException | None) -> bool:
    """Whether `error` says that the login has failed, and not that the service has."""
    if isinstance(error, APIException):
        return 400 <= error.status_code < 500
    return isinstance(error, (UserRefused, PermissionDenied))


def hashed(name: str) -> str:
    """Return an account's name as the cache may hold it: whoever spells it otherwise is counted with it."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return salted_hmac("jwtkit.account", folded, algorithm="sha256").hexdigest()


def _find_user(name: str) -> AbstractBaseUser | None:
    model = get_user_model()
    manager = model._default_manager  # noqa: SLF001
    find = getattr(manager, "get_by_natural_key", None)
    try:
        found = manager.get(**{model.USERNAME_FIELD: name}) if find is None else find(name)
    except tokens.users.NO_SUCH_ID:
        return None
    return cast("AbstractBaseUser", found)
