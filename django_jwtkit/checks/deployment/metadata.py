"""Whether a client that begins at `ISSUER` finds the issuer's metadata."""

from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, register
from django.http.request import validate_host
from django.urls import NoReverseMatch, reverse

from django_jwtkit.checks.faults import TAG, fault
from django_jwtkit.checks.settings import valid_settings

LOCAL: Final = frozenset({"localhost", ".localhost", "127.0.0.1", "[::1]", "testserver"})
"""The hosts of a project that is being developed or tested, whose `ISSUER` may be the real one."""

DOCUMENT: Final = "/.well-known/openid-configuration"


@register(TAG)
def check_metadata(**_: object) -> list[CheckMessage]:
    """W055, W056: an issuer whose host or path is not the one that serves the documents."""
    own = valid_settings()
    if own is None or own.ISSUER is None:
        return []
    try:
        parts, served = urlsplit(own.ISSUER), reverse("jwtkit_openid").removesuffix(DOCUMENT)
    except (NoReverseMatch, ValueError):  # not included, or not a URL
        return []
    faults = []
    hosts = settings.ALLOWED_HOSTS
    if not LOCAL.issuperset(hosts) and parts.hostname and not validate_host(parts.hostname, hosts):
        faults.append(fault("W055", host=parts.hostname))
    # At the root, the documents of an issuer with a path are served below that path too.
    if served and served != parts.path.rstrip("/"):
        faults.append(fault("W056", path=parts.path or "/", served=served))
    return faults
