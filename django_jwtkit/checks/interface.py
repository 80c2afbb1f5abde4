"""Django REST framework around us, read from its settings: DRF itself is not imported."""

from collections.abc import Iterator, Mapping
from typing import Final

from django.conf import settings
from django.core.checks import CheckMessage, register

from .faults import TAG, fault

OURS: Final = "django_jwtkit.drf."

TAKES_OURS: Final = "it refuses our tokens, which it takes for its own"
IN_FRONT: Final[Mapping[str, str]] = {
    "rest_framework.authentication.SessionAuthentication": (
        "a request without a token, or with a refused one, is answered 403 instead of 401"
    ),
    "rest_framework_simplejwt.authentication.JWTAuthentication": TAKES_OURS,
    "rest_framework_simplejwt.authentication.JWTStatelessUserAuthentication": TAKES_OURS,
    "knox.auth.TokenAuthentication": "where its prefix is Bearer, it refuses our tokens",
    "oauth2_provider.contrib.rest_framework.OAuth2Authentication": (
        "a request without a token is answered with its challenge, not ours"
    ),
}
"""Classes that, standing in front of ours, answer what we should answer."""


@register(TAG)
def check_order(**_: object) -> list[CheckMessage]:
    """W006: another authentication class speaks first."""
    asked = getattr(settings, "REST_FRAMEWORK", None)
    classes = asked.get("DEFAULT_AUTHENTICATION_CLASSES") if isinstance(asked, Mapping) else None
    return list(_strangers(classes)) if isinstance(classes, (list, tuple)) else []


def _strangers(classes: list[object] | tuple[object, ...]) -> Iterator[CheckMessage]:
    paths = [path if isinstance(path, str) else "" for path in classes]
    ours = [place for place, path in enumerate(paths) if path.startswith(OURS)]
    for path in paths[: ours[0]] if ours else ():
        if path in IN_FRONT:
            yield fault("W006", first=path.rpartition(".")[2], effect=IN_FRONT[path])
