"""A limit on the failed logins of one account, and the log's line about each."""

import logging
import unicodedata
import uuid
from collections.abc import Mapping
from contextvars import ContextVar
from types import TracebackType
from typing import Any, ClassVar, Final, Self, cast

from django.contrib.auth import get_user_model, user_login_failed
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.views.decorators.debug import sensitive_variables
from rest_framework.exceptions import APIException, Throttled

from django_jwtkit import sessions, tokens
from django_jwtkit.errors import UserRefused
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger
from django_jwtkit.sessions import client_of, rows
from django_jwtkit.wording import escape

from .counting import Count
from .rates import network, parse_rate, rate_of
from .requests import ScopeThrottle

logger = get_logger("drf")

MAX_NAME: Final = 100  # characters of an account's name in a log line
MAX_ADDRESSES: Final = 200  # of an account's sessions: the newest
MASK: Final = "********************"  # as Django masks a password for the receivers of `user_login_failed`


class LoginAttempt:
    """One login: refused where its account had too many failures, counted and logged where it fails.

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
        rate = rate_of(self.SCOPE)
        if rate is not None:
            self._take(*parse_rate(rate, self.SCOPE))
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
        count = Count(ScopeThrottle.cache, f"{self.SCOPE}_{hash_name(name)}", limit, duration)
        wait = count.take(ScopeThrottle.timer())
        if wait is None:
            self._count = count
        elif not self._is_from_known_device(user):
            self._log(logging.WARNING, "login_throttled", "Login throttled", "jwtkit_account")
            raise Throttled(wait)

    def _is_from_known_device(self, user: AbstractBaseUser | None) -> bool:
        """Whether a live session of the account has this address: one query, also where there is none."""
        live_sessions = rows().filter(pk=uuid.uuid4()) if user is None else sessions.live(user)
        addresses = list(live_sessions.values_list("address", flat=True)[:MAX_ADDRESSES])
        here = network(self._address)
        return self._address is not None and here in {network(each) for each in addresses if each}

    def _fail(self) -> None:
        if self.user is None:
            reason = "credentials" if self._signals else "refused"
        else:
            reason = "refused" if tokens.users.is_active(self.user) else "inactive"
        self._log(logging.INFO, "login_failed", "Login failed", reason)
        if not self._signals:
            user_login_failed.send_robust(sender=__name__, credentials=self._masked, request=self._request)

    def _log(self, level: int, event: str, words: str, reason: str) -> None:
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


def hash_name(name: str) -> str:
    """Return an account's name as the cache may hold it: all its spellings are counted as one."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return salted_hmac("jwtkit.account", folded, algorithm="sha256").hexdigest()


def _find_user(name: str) -> AbstractBaseUser | None:
    model = get_user_model()
    manager = model._default_manager  # noqa: SLF001
    find = getattr(manager, "get_by_natural_key", None)
    try:
        user = manager.get(**{model.USERNAME_FIELD: name}) if find is None else find(name)
    except tokens.users.NO_SUCH_ID:
        return None
    return cast("AbstractBaseUser", user)
