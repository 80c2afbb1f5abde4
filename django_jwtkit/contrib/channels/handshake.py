"""The handshake of a WebSocket (RFC 6455 §4.1): its request, and the token among its subprotocols."""

from collections.abc import MutableMapping, Sequence
from io import BytesIO
from typing import Any, Final, NamedTuple

from django.core.handlers.asgi import ASGIRequest
from django.views.decorators.debug import sensitive_variables

from django_jwtkit import jose
from django_jwtkit.errors import MalformedToken, TokenError

Scope = MutableMapping[str, Any]

SUBPROTOCOLS: Final = b"sec-websocket-protocol"
SCHEMES: Final = {"ws": "http", "wss": "https"}
MARKERS: Final = frozenset({"bearer", "jwt"})
"""Subprotocols that say that the next one is a token."""


def request_of(scope: Scope) -> ASGIRequest:
    """Return the handshake in `scope` as Django's request: its headers, host and address are read alike."""
    scheme = SCHEMES.get(scope.get("scheme", "ws"), "http")
    query = scope.get("query_string", b"").decode("utf-8", "replace")
    return ASGIRequest({**scope, "method": "GET", "scheme": scheme, "query_string": query}, BytesIO())


class Offer(NamedTuple):
    """What a client offers as subprotocols: `names`, and perhaps a token behind its `marker`."""

    names: tuple[str, ...]
    token: str | None = None
    marker: str | None = None

    def __repr__(self) -> str:
        return f"Offer(names={self.names!r}, …)"


@sensitive_variables()
def read_offer(offered: Sequence[str]) -> Offer:
    """Return the offer of a client: a token stands behind `jwt` or `bearer`, or has the form of one.

    Raises `MalformedToken` for several: nobody could say which one was meant.
    """
    places = [place for place in range(len(offered)) if _is_token(offered, place)]
    if not places:
        return Offer(tuple(offered))
    if len(places) > 1:
        raise MalformedToken("several tokens among the subprotocols")
    place = places[0]
    names = (*offered[:place], *offered[place + 1 :])
    return Offer(names, offered[place], offered[place - 1] if place else None)


@sensitive_variables()
def _is_token(offered: Sequence[str], place: int) -> bool:
    if place and offered[place - 1].lower() in MARKERS:
        return True
    try:
        jose.unverified_header(offered[place])
    except TokenError:
        return False
    return True


@sensitive_variables()
def without_token(scope: Scope, offer: Offer) -> dict[str, Any]:
    """Return a copy of `scope` that offers only names: no consumer may choose, and so send back, a token."""
    headers = [header for header in scope["headers"] if header[0].lower() != SUBPROTOCOLS]
    if offer.names:
        headers.append((SUBPROTOCOLS, ", ".join(offer.names).encode("latin1")))
    return {**scope, "headers": headers, "subprotocols": list(offer.names)}
