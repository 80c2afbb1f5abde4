"""Which addresses may be asked for keys: public ones, over TLS, unless the caller says otherwise.

A name is resolved once, each of its addresses is judged, and only a judged one is connected to. So a name
that points at a public address while it is judged, and at the cloud's metadata service a moment later (DNS
rebinding), leads nowhere.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

from django_jwtkit.errors import KeySetUnavailable

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Sequence[str]]

PORTS: Final = {"https": 443, "http": 80}
NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
LONGEST: Final = 2048  # characters of a URL


class Address(NamedTuple):
    """A URL that may be asked, if the address of its host may. `target` is its path with its query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port


def parse_url(url: str, *, private_addresses: bool = False) -> Address:
    """Return the parts of `url`; raise `ValueError` for one that must not be asked.

    http is for a loopback address, and only where `private_addresses` are allowed. What two parsers may read
    in two ways is refused: user information, a backslash, white space, control and non-ASCII characters.
    """
    if not isinstance(url, str):
        raise TypeError(f"url must be a str, got {type(url).__name__}")
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or set(url) & set(' \\"<>^`{|}'):
        raise ValueError(f"url must be printable ASCII of at most {LONGEST} characters, got {url[:100]!r}")
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError(f"url must begin with https:// and name a host, got {url[:100]!r}")
    if parts.scheme == "http" and not private_addresses:
        raise ValueError(
            f"url must begin with https:// unless private addresses are allowed, got {url[:100]!r}"
        )
    if "@" in parts.netloc or "#" in url:
        raise ValueError("url must have neither user information nor a fragment")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(parts.scheme, parts.hostname, _port_of(parts), target)


def find_addresses(
    address: Address, resolver: Resolver, *, private_addresses: bool = False
) -> tuple[str, ...]:
    """Return the IP addresses of a host that may be connected to, in the resolver's order.

    Raises `KeySetUnavailable` where there is none.
    """
    try:
        answers = [ipaddress.ip_address(text) for text in resolver(address.host, address.port)]
    except (OSError, ValueError) as error:  # UnicodeError, of a label that is too long, is a ValueError
        raise KeySetUnavailable(f"{address.host} cannot be resolved: {error}") from error
    is_allowed = (
        _is_loopback if address.scheme == "http" else _is_any_server if private_addresses else _is_public
    )
    allowed = tuple(str(answer) for answer in answers if is_allowed(answer))
    if not allowed:
        raise KeySetUnavailable(
            f"{address.host} has no address that may be asked: {', '.join(map(str, answers)) or 'none'}"
        )
    return allowed


def resolve(host: str, port: int) -> list[str]:
    """Return the IP addresses of `host` by the system's resolver; raise `OSError`."""
    results = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in results))


def _port_of(parts: SplitResult) -> int:
    try:
        return parts.port or PORTS[parts.scheme]
    except ValueError as error:
        raise ValueError("url must have a port from 1 to 65535") from error


def _rule(scheme: str, private_addresses: bool) -> Callable[[IPAddress], bool]:
    if scheme == "http":
        return _is_loopback
    return _is_any_server if private_addresses else _is_public


def _is_public(address: IPAddress) -> bool:
    """Whether `address` is one of the public network; also the IPv4 address that an IPv6 one stands for."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in NAT64:
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
        if not all(_is_public(each) for each in inner if each is not None):
            return False
    return address.is_global and not address.is_multicast


def _is_loopback(address: IPAddress) -> bool:
    return address.is_loopback


def _is_any_server(address: IPAddress) -> bool:
    """Whether `address` may be a server's at all: the metadata services of clouds are link-local."""
    return not (address.is_link_local or address.is_multicast or address.is_unspecified)
