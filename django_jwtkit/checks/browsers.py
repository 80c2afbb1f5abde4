"""Cookies, cross-origin requests and the order of middleware."""

from collections.abc import Iterator
from typing import Final

from django.conf import settings as project
from django.core.checks import CheckMessage, register

from django_jwtkit import transport
from django_jwtkit.conf import HOST_PREFIX, Settings
from django_jwtkit.jose import jwa

from .faults import TAG, fault
from .settings import valid_settings

LONGEST_SIGNATURE: Final = 1024  # bytes: with the claims of a small token it fits into a cookie
OURS: Final = "django_jwtkit.middleware.JWTMiddleware"
AUTHENTICATION: Final = "django.contrib.auth.middleware.AuthenticationMiddleware"
LOGIN_REQUIRED: Final = "django.contrib.auth.middleware.LoginRequiredMiddleware"
CSRF: Final = "django.middleware.csrf.CsrfViewMiddleware"
EVERY_ORIGIN: Final = ("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL")


@register(TAG)
def check_browsers(**_: object) -> list[CheckMessage]:
    """E050 to E056, W060, W061: what browsers drop, and what other sites could do."""
    settings = valid_settings()
    if settings is None:
        return []
    faults = list(_middleware())
    if _are_cookies_in_use():
        faults += [*_cookies(settings), *_signatures(settings), *_origins()]
    return faults


def _are_cookies_in_use() -> bool:
    try:
        return transport.are_cookies_in_use()
    except Exception:  # noqa: BLE001 - the project's URLs cannot be imported, and Django's own check says so
        return False


def _cookies(settings: Settings) -> Iterator[CheckMessage]:
    cookies = settings.cookies
    if cookies.access == cookies.refresh:
        yield fault("E053", first=cookies.access, second=cookies.refresh)
    if cookies.samesite == "None" and not cookies.is_secure:
        yield fault("E051")
    reasons = {"ACCESS": "DOMAIN is set" if cookies.domain else "", "REFRESH": "its path is not /"}
    for name, text in (("ACCESS", cookies.access), ("REFRESH", cookies.refresh)):
        if text.startswith(HOST_PREFIX) and reasons[name]:
            yield fault("E050", name=name, reason=reasons[name], rest=text.removeprefix(HOST_PREFIX))


def _signatures(settings: Settings) -> Iterator[CheckMessage]:
    algorithm = settings.rings["access"].algorithm
    row = jwa.SIGNATURES.get(algorithm)
    if row is not None and row.size is not None and row.size > LONGEST_SIGNATURE:
        yield fault("E052", algorithm=algorithm, size=row.size)


def _origins() -> Iterator[CheckMessage]:
    """Yield what is wrong with the settings of django-cors-headers, where it is used with cookies."""
    if not getattr(project, "CORS_ALLOW_CREDENTIALS", False):
        return
    for name in EVERY_ORIGIN:
        if getattr(project, name, False):
            yield fault("E054", name=name)
    allowed = getattr(project, "CORS_ALLOWED_ORIGINS", getattr(project, "CORS_ORIGIN_WHITELIST", ()))
    for origin in allowed:
        if not _is_trusted(str(origin)):
            yield fault("W060", origin=str(origin))


def _is_trusted(origin: str) -> bool:
    """Whether `CSRF_TRUSTED_ORIGINS` names `origin`, or has a wildcard for its domain."""
    scheme, _, host = origin.partition("://")
    domains = ["*." + host.split(".", place)[-1] for place in range(1, host.count(".") + 1)]
    named = {origin, *(f"{scheme}://{domain}" for domain in domains)}
    return not named.isdisjoint(project.CSRF_TRUSTED_ORIGINS)


def _middleware() -> Iterator[CheckMessage]:
    order = list(project.MIDDLEWARE)
    if OURS not in order:
        return
    if AUTHENTICATION in order[order.index(OURS) :]:
        yield fault("E055")
    if LOGIN_REQUIRED in order[: order.index(OURS)]:
        yield fault("W061")
    if CSRF not in order and _are_cookies_in_use():
        yield fault("E056")
