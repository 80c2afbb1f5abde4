"""The authentication classes of Django REST framework, read from its settings: DRF itself is not imported."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from django.conf import settings
from django.core.checks import CheckMessage, register

from django_jwtkit.checks.faults import TAG, fault

OURS: Final = ("django_jwtkit.drf.", "django_jwtkit.contrib.simplejwt.")

REFUSES_OURS: Final = "it takes our tokens for its own and refuses them"
IN_FRONT: Final[Mapping[str, str]] = {
    "rest_framework.authentication.SessionAuthentication": (
        "a request without a token, or with a refused one, is answered 403 instead of 401"
    ),
    "rest_framework_simplejwt.authentication.JWTAuthentication": REFUSES_OURS,
    "rest_framework_simplejwt.authentication.JWTStatelessUserAuthentication": REFUSES_OURS,
    "knox.auth.TokenAuthentication": "where its prefix is Bearer, it refuses our tokens",
    "oauth2_provider.contrib.rest_framework.OAuth2Authentication": (
        "a request without a token is answered with its challenge instead of ours"
    ),
}
"""Classes that, placed before ours, answer requests that ours should answer, with the effect."""


@register(TAG)
def check_order(**_: object) -> list[CheckMessage]:
    """W006: another authentication class answers first."""
    framework = getattr(settings, "REST_FRAMEWORK", None)
    classes = framework.get("DEFAULT_AUTHENTICATION_CLASSES") if isinstance(framework, Mapping) else None
    return list(_before_ours(classes)) if isinstance(classes, (list, tuple)) else []


def _before_ours(classes: Sequence[object]) -> Iterator[CheckMessage]:
    paths = [path if isinstance(path, str) else "" for path in classes]
    ours = [place for place, path in enumerate(paths) if path.startswith(OURS)]
    for path in paths[: ours[0]] if ours else ():
        if path in IN_FRONT:
            yield fault("W006", first=path.rpartition(".")[2], effect=IN_FRONT[path])
