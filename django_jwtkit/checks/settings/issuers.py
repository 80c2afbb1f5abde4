"""The entries of `TRUSTED_ISSUERS`, each by itself and together. Nothing here asks the network."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from django.core.checks import CheckMessage, register
from django.utils.module_loading import import_string

from django_jwtkit.checks.faults import TAG, fault
from django_jwtkit.conf import TENANT, IssuerSettings, Settings
from django_jwtkit.jose import remote

from .values import valid_settings

MODES: Final = frozenset({"linked", "create", "stateless"})
LONGEST_LEEWAY: Final = timedelta(minutes=1)

SHARED: Final = frozenset({"token.actions.githubusercontent.com", "gitlab.com"})
"""Hosts that issue tokens for whatever audience any of their users names."""

PUBLIC: Final = frozenset({"accounts.google.com", "github.com", *SHARED})
"""Hosts where anyone may register."""
ANY_TENANT: Final = ("/common/", "/organizations/", "/consumers/")


@register(TAG)
def check_issuers(**_: object) -> list[CheckMessage]:
    """E040 to E046, W050 to W053: entries that no token could meet, or that too many would."""
    settings = valid_settings()
    if settings is None or not settings.issuers:
        return []
    faults = [*_names(settings)]
    for entry in settings.issuers:
        faults += [*_places(entry), *_conditions(entry), *_user(entry), *_habits(entry)]
    if settings.CHECK_SESSION:
        faults.append(fault("W053"))
    return faults


@register(TAG, deploy=True)
def check_public_issuers(**_: object) -> list[CheckMessage]:
    """W054: users that anyone in the world may have made."""
    settings = valid_settings()
    entries = () if settings is None else settings.issuers
    return [
        fault("W054", issuer=entry.name)
        for entry in entries
        if entry.USER == "create" and not entry.REQUIRE and _is_public(entry.name)
    ]


def _names(settings: Settings) -> Iterator[CheckMessage]:
    """E040, E041: whose tokens they are must be clear."""
    names = Counter(name for entry in settings.issuers for name in {*entry.issuers, *entry.ALIASES})
    for name, count in names.items():
        if count > 1:
            yield fault("E041", issuer=name)
    if settings.ISSUER is None or settings.ISSUER in names:
        yield fault("E040", wrong="is not set" if settings.ISSUER is None else "is one of them")


def _places(entry: IssuerSettings) -> Iterator[CheckMessage]:
    """E042, E043, E044: where the keys lie, and whose they are."""
    if (TENANT in entry.name) is not bool(entry.TENANTS):
        yield fault("E043", issuer=entry.name, placeholder=TENANT)
    if entry.JWKS is not None:
        if not isinstance(entry.JWKS, str | Path):
            return
        if not Path(entry.JWKS).is_file():
            yield fault("E044", issuer=entry.name, name="JWKS", path=entry.JWKS)
        return
    urls = {"JWKS_URL": entry.JWKS_URL, "DISCOVERY_URL": entry.DISCOVERY_URL}
    if not any(urls.values()):
        urls = {"The issuer": entry.issuers[0]}
    for name, url in urls.items():
        if url is not None and (wrong := _why_not_asked(url, entry)):
            yield fault("E042", issuer=entry.name, name=name, wrong=wrong)
    for name in ("CA_FILE", "BEARER_FILE"):
        path = getattr(entry, name)
        if path is not None and not Path(path).is_file():
            yield fault("E044", issuer=entry.name, name=name, path=path)


def _conditions(entry: IssuerSettings) -> Iterator[CheckMessage]:
    """E045: of a shared issuer, the audience alone says nothing."""
    if _host(entry.name) in SHARED and not entry.REQUIRE and entry.USER in MODES:
        yield fault("E045", issuer=entry.name)


def _user(entry: IssuerSettings) -> Iterator[CheckMessage]:
    """E046: a function that finds the user is there."""
    if entry.USER in MODES:
        return
    try:
        function = import_string(entry.USER)
    except (ImportError, ValueError, TypeError) as error:
        yield fault("E046", issuer=entry.name, path=entry.USER, wrong=error)
    else:
        if not callable(function):
            yield fault("E046", issuer=entry.name, path=entry.USER, wrong="it cannot be called")


def _habits(entry: IssuerSettings) -> Iterator[CheckMessage]:
    """W050, W051, W052: what an issuer's page says, and is easily missed."""
    host = _host(entry.name)
    if host.endswith(".auth0.com") and not entry.name.endswith("/"):
        yield fault("W050", issuer=entry.name)
    if host.startswith("cognito-idp.") and entry.AUDIENCE_CLAIM == "aud":
        yield fault("W051", issuer=entry.name)
    if entry.LEEWAY > LONGEST_LEEWAY:
        yield fault("W052", issuer=entry.name, value=entry.LEEWAY, most=LONGEST_LEEWAY)


def _why_not_asked(url: str, entry: IssuerSettings) -> str:
    try:
        remote.parse_url(url, private_addresses=entry.PRIVATE_ADDRESSES)
    except ValueError as error:
        return str(error).removeprefix("url ")
    return ""


def _is_public(name: str) -> bool:
    return _host(name) in PUBLIC or any(place in name for place in ANY_TENANT)


def _host(name: str) -> str:
    try:
        return urlsplit(name).hostname or name
    except ValueError:  # an IPv6 address without its end
        return name
