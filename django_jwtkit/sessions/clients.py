"""Who asks: the address and user agent of a request, as a row can hold them."""

import ipaddress
from collections.abc import Callable
from typing import Final, NamedTuple, cast

from django.http import HttpRequest
from django.utils.module_loading import import_string

from django_jwtkit.conf import conf


class Client(NamedTuple):
    """`address` is None where it is unknown or none; `user_agent` is cut to 255 printable characters."""

    address: str | None
    user_agent: str


UNKNOWN: Final = Client(None, "")
"""The client of a session in which no request has played a part."""


def client_of(request: HttpRequest) -> Client:
    """Return whom `request` comes from: `CLIENT_ADDRESS` is asked, else `REMOTE_ADDR`."""
    agent = request.META.get("HTTP_USER_AGENT", "")
    return Client(_address(request), "".join(filter(str.isprintable, agent))[:255])


def _address(request: HttpRequest) -> str | None:
    path = conf().CLIENT_ADDRESS
    if path is None:
        return canonical(request.META.get("REMOTE_ADDR"))
    return canonical(cast("Callable[[HttpRequest], object]", import_string(path))(request))


def canonical(address: object) -> str | None:
    """Return an IP address in its one spelling, without a zone, which no column holds; None for none."""
    if not isinstance(address, str):
        return None
    try:
        found = ipaddress.ip_address(address.strip().partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)
