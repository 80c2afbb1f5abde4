"""The keys of one issuer: fixed in the settings, or fetched from where its metadata say."""

import logging
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from django.db import connections

from django_jwtkit.conf import TENANT, IssuerSettings
from django_jwtkit.errors import KeySetUnavailable, KeyUnusableError, MalformedToken
from django_jwtkit.jose import Key, KeySet, encoding, remote
from django_jwtkit.log_limit import log_limited
from django_jwtkit.logs import get_logger

from .discovery import find_jwks_url, has_other_host
from .row import Row

logger = get_logger("issuers")

_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)

Notify = Callable[[str, remote.State, remote.State], None]


class _Unusable:
    """A key source in the place of a fixed set that cannot be read: a 503, and `check` says why."""

    def __init__(self, message: str) -> None:
        self._message = message

    def find(self, header: Mapping[str, object]) -> Key:
        raise KeySetUnavailable(self._message)


def fixed_keys(name: str, settings: IssuerSettings) -> KeySet | _Unusable:
    """Return the set that the entry holds, or that lies at its path. No network."""
    try:
        return parse_jwks(name, settings, _read(settings.JWKS))
    except (OSError, MalformedToken, KeyUnusableError) as error:
        return _Unusable(f"{name}: JWKS cannot be used: {error}")


def remote_keys(name: str, settings: IssuerSettings, notify: Notify) -> remote.FetchedKeys:
    """Return the keys that the issuer publishes, fetched when they are needed."""
    spans = (settings.REFRESH_EVERY, settings.COOLDOWN, settings.TIMEOUT, settings.MAX_STALE)
    return remote.FetchedKeys(
        name,
        fetch=partial(fetch, name, settings),
        parse=partial(parse_jwks, name, settings),
        times=remote.Times(*(span.total_seconds() for span in spans)),
        shared=Row(name),
        notify=partial(notify, name),
        clean_up=connections.close_all,  # those of the thread that refreshes
    )


def fetch(
    name: str, settings: IssuerSettings, state: remote.State, *, may_move: bool = False
) -> tuple[remote.Answer, str]:
    """Return the answer of the issuer's JWK Set, and its address.

    A discovered address is pinned: another host than before is refused unless it `may_move`, for whoever
    controls a metadata document could otherwise bring keys of their own. Raises `KeySetUnavailable`.
    """
    fetcher = fetcher_of(name, settings)
    url = settings.JWKS_URL
    if url is None:
        url = find_jwks_url(name, fetcher, settings.DISCOVERY_URL)
        pinned = state.url or Row(name).pinned_url()
        if has_other_host(url, pinned) and not may_move:
            raise KeySetUnavailable(
                f"{name} has moved its keys from {pinned} to {url}: if that is right, run "
                f"manage.py check_issuer {name} --accept"
            )
    return fetcher.get(url, state.etag if url == state.url else ""), url


def fetcher_of(name: str, settings: IssuerSettings) -> remote.Fetcher:
    """Return what fetches from this issuer."""
    asked_first = settings.JWKS_URL or settings.DISCOVERY_URL or name
    bearer = None if settings.BEARER_FILE is None else str(settings.BEARER_FILE)
    try:
        origin = remote.parse_url(asked_first, private_addresses=settings.PRIVATE_ADDRESSES).origin
    except ValueError:  # a fetch from there fails, with the reason
        origin = None
    return remote.Fetcher(
        timeout=settings.TIMEOUT.total_seconds(),
        ca_file=None if settings.CA_FILE is None else str(settings.CA_FILE),
        bearer_file=bearer,
        bearer_origin=origin,
        private_addresses=settings.PRIVATE_ADDRESSES,
    )


def parse_jwks(name: str, settings: IssuerSettings, jwks: Mapping[str, object]) -> KeySet:
    """Return the keys of a JWK Set that may sign for `name`; raise `KeyUnusableError` where none may."""
    members = jwks.get("keys")
    if isinstance(members, list):
        jwks = {**jwks, "keys": [member for member in members if _may_sign_for(member, name)]}
    keys = KeySet.published(jwks, algorithms=settings.ALGORITHMS, use=settings.KEY_USE)
    for kid, reason in keys.skipped:
        if "private key" in reason:
            words = "Issuer %s publishes a private key, which was left out: kid %s"
            log_limited(logger, logging.CRITICAL, "issuer_leak", words, name, kid, limit_by=name, lines=1)
    return keys


def _may_sign_for(member: object, name: str) -> bool:
    """Whether a key may sign for the issuer `name`.

    Entra ID publishes the keys of all tenants in one set. The member `issuer` names the tenant that a key
    speaks for, or all of them by a template. Issuers of both its versions hold the tenant's GUID.
    """
    issuer = member.get("issuer") if isinstance(member, Mapping) else None
    if not isinstance(issuer, str) or TENANT in issuer:
        return True
    tenants = set(_GUID.findall(issuer.lower()))
    return issuer == name or (tenants != set() and tenants == set(_GUID.findall(name.lower())))


def _read(jwks: Mapping[str, object] | str | Path | None) -> Mapping[str, object]:
    if isinstance(jwks, Mapping):
        return jwks
    with Path(jwks or "").open("rb") as file:
        return encoding.loads(file.read(256 * 1024))
