"""What is fine at home and not in production: `manage.py check --deploy`."""

from collections.abc import Iterator

from django.conf import settings
from django.core.checks import CheckMessage, Tags, register

from django_jwtkit.conf import Settings
from django_jwtkit.jose.jwa import signatures

from .faults import RECIPE, TAG, fault
from .values import sound

SHORTEST_SECRET_KEY = 50  # what startproject makes, and Django's own security.W009 asks for


@register(TAG, Tags.security, deploy=True)
def check_deployment(**_: object) -> list[CheckMessage]:
    """W008 to W011, W020 and W021."""
    asked = sound()
    return [] if asked is None else [*_sealing(asked), *_issuer(asked), *_transport(), *_refreshing(asked)]


def _sealing(asked: Settings) -> Iterator[CheckMessage]:
    if asked.SEALING_KEYS:
        return
    yield fault("W008", recipe=RECIPE)
    if wrong := _weak_secret_key(settings.SECRET_KEY):
        yield fault("W009", wrong=wrong)


def _weak_secret_key(secret: str | bytes) -> str | None:
    text = secret.decode("latin-1") if isinstance(secret, bytes) else secret
    if text.startswith("django-insecure-"):
        return "one that `startproject` calls insecure"
    if len(text) < SHORTEST_SECRET_KEY:
        return f"shorter than {SHORTEST_SECRET_KEY} characters"
    return "the same few characters over and over" if len(set(text)) < 5 else None


def _issuer(asked: Settings) -> Iterator[CheckMessage]:
    shown = [ring for ring in asked.rings.values() if ring.publish and _has_public_part(ring.algorithm)]
    if asked.ISSUER is None and shown:
        yield fault("W010")


def _has_public_part(algorithm: str) -> bool:
    row = signatures.ALGORITHMS.get(algorithm)
    return row is None or row.fit.kty != "oct"


def _refreshing(asked: Settings) -> Iterator[CheckMessage]:
    if asked.REFRESH_STRAYS is None:
        yield fault("W020")
    if not asked.REFRESH_GRACE:
        yield fault("W021")


def _transport() -> Iterator[CheckMessage]:
    if not settings.SECURE_SSL_REDIRECT and not settings.SECURE_HSTS_SECONDS:
        yield fault("W011")
