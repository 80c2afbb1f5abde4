"""Secrets, files, transport and names: fine in development, and not in production."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.conf import settings as project
from django.core.checks import CheckMessage, Tags, register

from django_jwtkit.checks.faults import RECIPE, TAG, fault
from django_jwtkit.checks.settings import valid_settings
from django_jwtkit.conf import Settings
from django_jwtkit.jose import jwa

from .guessing import effect_of

SHORTEST_SECRET_KEY = 50  # what startproject makes, and Django's own security.W009 asks for
OTHERS: Final = {stat.S_IRGRP | stat.S_IROTH: "read", stat.S_IWGRP | stat.S_IWOTH: "written"}
SHA_1: Final = "RSA-OAEP"


@register(TAG, Tags.security, deploy=True)
def check_deployment(**_: object) -> list[CheckMessage]:
    """W008 to W011, W020, W021, W038 to W044."""
    settings = valid_settings()
    if settings is None:
        return []
    return [
        *_sealing(settings),
        *_files(settings),
        *_names(settings),
        *_transport(),
        *_refreshing(settings),
        *_encryption(settings),
        *_session_cache(settings),
    ]


def _sealing(settings: Settings) -> Iterator[CheckMessage]:
    if settings.SEALING_KEYS:
        return
    yield fault("W008", recipe=RECIPE)
    if wrong := _weak_secret_key(project.SECRET_KEY):
        yield fault("W009", wrong=wrong)


def _weak_secret_key(secret: str | bytes) -> str | None:
    text = secret.decode("latin-1") if isinstance(secret, bytes) else secret
    if text.startswith("django-insecure-"):
        return "one that `startproject` calls insecure"
    if len(text) < SHORTEST_SECRET_KEY:
        return f"shorter than {SHORTEST_SECRET_KEY} characters"
    return "the same few characters over and over" if len(set(text)) < 5 else None


def _files(settings: Settings) -> Iterator[CheckMessage]:
    """Yield W038 for each file of a sealing key that other users of the machine may read or write."""
    for entry in settings.SEALING_KEYS:
        path = entry.get("path")
        try:
            mode = Path(path).stat().st_mode if isinstance(path, (str, Path)) else 0
        except (OSError, ValueError):  # a file that can't be read has a number of its own
            continue
        done = [word for bits, word in OTHERS.items() if mode & bits]
        if done and os.name == "posix":  # elsewhere these bits say nothing
            facts = {"id": entry["id"], "path": path, "mode": f"{stat.S_IMODE(mode):o}"}
            yield fault("W038", done=" and ".join(done), **facts)


def _names(settings: Settings) -> Iterator[CheckMessage]:
    rings = settings.rings.values()
    is_public = any(ring.publish and _has_public_part(ring.algorithm) for ring in rings)
    if settings.ISSUER is None and is_public:
        yield fault("W010")
    elif settings.AUDIENCE is None and is_public:
        yield fault("W040")
    if settings.ISSUER is not None and settings.ISSUER.casefold().startswith("http://"):
        yield fault("W041", issuer=settings.ISSUER)


def _has_public_part(algorithm: str) -> bool:
    row = jwa.SIGNATURES.get(algorithm)
    return row is None or not row.fit.is_symmetric


def _refreshing(settings: Settings) -> Iterator[CheckMessage]:
    if settings.REFRESH_STRAYS is None:
        yield fault("W020")
    if not settings.RECORD_CLIENT:
        yield fault("W057")
    if not settings.REFRESH_GRACE:
        yield fault("W021")
    if not settings.ROTATE_REFRESH:
        yield fault("W044", value=settings.REFRESH_TOKEN_LIFETIME)


def _transport() -> Iterator[CheckMessage]:
    if not project.SECURE_SSL_REDIRECT and not project.SECURE_HSTS_SECONDS:
        yield fault("W011")


def _encryption(settings: Settings) -> Iterator[CheckMessage]:
    for ring in settings.rings.values():
        if ring.use != "enc":
            continue
        own = "ALGORITHM" in settings.KEY_RINGS.get(ring.name, {})
        place = f'KEY_RINGS["{ring.name}"]["ALGORITHM"]' if own else "ENCRYPTION_ALGORITHM"
        if ring.algorithm == SHA_1:
            yield fault("W039", ring=ring.name, place=place)
        if ring.algorithm == "dir" and settings.CONTENT_ENCRYPTION.endswith("GCM"):
            yield fault("W043", ring=ring.name, place=place, enc=settings.CONTENT_ENCRYPTION)


def _session_cache(settings: Settings) -> Iterator[CheckMessage]:
    if settings.SESSION_CACHE is not None and (effect := effect_of(settings.SESSION_CACHE, 1)):
        yield fault("W042", **effect)
