"""A limit on the requests of one address, for the scope of a view."""

import logging

from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from django_jwtkit.conf import conf
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger
from django_jwtkit.sessions import canonical, client_of

from .counting import Count
from .rates import network, parse_rate, rate_of

logger = get_logger("drf")


class ScopeThrottle(ScopedRateThrottle):
    """`DEFAULT_THROTTLE_RATES` for the view's scope, or no limit where the project sets none."""

    _wait: float | None = None

    def get_rate(self) -> str | None:
        return rate_of(self.scope)

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count the request; return whether it is one of those that the rate allows. Raises `Unavailable`."""
        self.scope = getattr(view, self.scope_attr, None)
        rate = self.get_rate()
        if not self.scope or rate is None:
            return True
        limit, duration = self.parse_rate(rate)
        client = self.get_ident(request)
        if not client:
            _warn_of_no_address(self.scope)
            return True
        self._wait = Count(self.cache, f"{self.scope}_{client}", limit, duration).take(self.timer())
        return self._wait is None

    def parse_rate(self, rate: str) -> tuple[int, int]:  # type: ignore[override] # never asked for None
        """Return limit and seconds. Raises `Unavailable` for what is no rate: no limit would be worse."""
        return parse_rate(rate, self.scope)

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


def _warn_of_no_address(scope: str) -> None:
    words = "Requests come without a client address, so the rate %s is not applied: set CLIENT_ADDRESS"
    log_limited(logger, logging.WARNING, "no_client_address", words, scope, limit_by=scope, lines=1)
