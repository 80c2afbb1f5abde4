"""The rates of `DEFAULT_THROTTLE_RATES`, and the networks that share one."""

import logging
from collections.abc import Mapping
from ipaddress import ip_network
from typing import cast

from rest_framework.settings import api_settings

from django_jwtkit.conf import Rate
from django_jwtkit.drf.challenges import Unavailable
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger
from django_jwtkit.transport import UNAVAILABLE

logger = get_logger("drf")


def rate_of(scope: str | None) -> str | None:
    """Return the rate that the project sets for `scope`, None where it sets none."""
    rates = cast("Mapping[str | None, str | None]", api_settings.DEFAULT_THROTTLE_RATES)
    return rates.get(scope)


def parse_rate(rate: object, scope: str | None) -> Rate:
    """Return limit and seconds. Raises `Unavailable` for what is not a rate: no limit would be worse."""
    try:
        return Rate.parse(rate)
    except ValueError as error:
        words = f"DEFAULT_THROTTLE_RATES[{scope!r}] {error}"
        log_limited(logger, logging.ERROR, "rate_unusable", UNAVAILABLE, words, limit_by=scope or "")
        raise Unavailable from error


def network(address: str | None) -> str:
    """Return whose address it is: a subscriber has 2 ** 64 of version 6."""
    return str(ip_network((address, 64), strict=False)) if address and ":" in address else str(address)
