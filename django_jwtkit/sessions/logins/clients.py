"""The client of a request: its address and user agent, as a row can hold them."""

import ipaddress
import logging
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple, cast

from django.http import HttpRequest
from django.utils.module_loading import import_string

from django_jwtkit.conf import Settings, conf
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger

logger = get_logger("sessions")

EVENT: Final = "client_address_failed"
_WITH_PORT: Final = re.compile(r"\[(?P<bracketed>[^\]]*)\](?::[0-9]{1,5})?|(?P<dotted>[0-9.]+):[0-9]{1,5}")


class Client(NamedTuple):
    """`address` is None where none is known; `user_agent` is cut to 255 printable characters."""

    address: str | None
    user_agent: str


UNKNOWN: Final = Client(None, "")
"""The client of a session in which no request has played a part."""


def recordable(client: Client, settings: Settings) -> Client:
    """Return what a row may keep of `client`: nothing where `RECORD_CLIENT` is off."""
    return client if settings.RECORD_CLIENT else UNKNOWN


def client_of(request: HttpRequest) -> Client:
    """Return the client of `request`, its address as `CLIENT_ADDRESS` says, else `REMOTE_ADDR`.

    Where `CLIENT_ADDRESS` raises, for a header that is not there say, the address is unknown.
    """
    agent = request.META.get("HTTP_USER_AGENT", "")
    printable = agent if agent.isprintable() else "".join(filter(str.isprintable, agent))
    return Client(_address(request), printable[:255])


def _address(request: HttpRequest) -> str | None:
    path = conf().CLIENT_ADDRESS
    if path is None:
        return canonical(request.META.get("REMOTE_ADDR"))
    try:
        return canonical(cast("Callable[[HttpRequest], object]", import_string(path))(request))
    except Exception as error:  # noqa: BLE001 - the project's own code, over what the client has sent
        name = type(error).__name__
        words, fields = "CLIENT_ADDRESS = %r raised %s: the address is unknown", {"reason": name}
        log_limited(logger, logging.ERROR, EVENT, words, path, name, error=error, fields=fields)
        return None


def canonical(address: object) -> str | None:
    """Return an IP address in its one spelling, None for anything else.

    Without a zone, which no column holds, and without a port, which some proxies write: "1.2.3.4:5678",
    "[2001:db8::1]:5678".
    """
    return _canonical(address) if isinstance(address, str) else None


@lru_cache(maxsize=64)  # a login asks up to three times for one address
def _canonical(address: str) -> str | None:
    with_port = _WITH_PORT.fullmatch(address.strip())
    bare = (with_port["bracketed"] or with_port["dotted"] or "") if with_port else address.strip()
    try:
        ip = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return str(mapped or ip)
