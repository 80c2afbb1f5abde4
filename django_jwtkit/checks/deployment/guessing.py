"""Protection from password guessing: rates, the clients they count, the cache. DRF is not imported."""

from collections.abc import Iterator, Mapping
from typing import Final

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Tags, register

from django_jwtkit.checks.faults import TAG, fault
from django_jwtkit.checks.settings import valid_settings
from django_jwtkit.conf import Rate, Settings

SCOPES: Final = "jwtkit_"
LOGIN: Final = "jwtkit_login"
THROTTLE_CACHE: Final = "default"  # DRF's

OF_ONE_PROCESS: Final[Mapping[str, tuple[str, str]]] = {
    "django.core.cache.backends.locmem.LocMemCache": (
        "each process counts separately, and starts again from zero",
        "a process does not learn of a logout in another one, and accepts its tokens for another 10 seconds",
    ),
    "django.core.cache.backends.dummy.DummyCache": (
        "nothing is counted, so no rate applies",
        "it stores nothing, so each request queries the database anyway",
    ),
}
"""The effect of these caches on rates, and on `SESSION_CACHE`."""


def effect_of(alias: str, place: int) -> dict[str, str] | None:
    """Return the facts about the cache `alias`, where its entries do not leave the process."""
    backend = settings.CACHES.get(alias, {}).get("BACKEND", "")
    effects = OF_ONE_PROCESS.get(backend)
    return None if effects is None else {"backend": backend.rpartition(".")[2], "effect": effects[place]}


@register(TAG, Tags.security, deploy=True)
def check_guessing(**_: object) -> list[CheckMessage]:
    """W025, W026, W027: a login without a limit, or one that anyone can lock for all."""
    own = valid_settings()
    if own is None or not apps.is_installed("rest_framework"):
        return []
    return list(_rates(own, getattr(settings, "REST_FRAMEWORK", None) or {}))


@register(TAG)
def check_rates(**_: object) -> list[CheckMessage]:
    """E031: a rate that cannot be read, so that each of its requests gets a 503."""
    rates = _ours(getattr(settings, "REST_FRAMEWORK", None) or {})
    return [
        fault("E031", scope=name, rate=rate, wrong=w) for name, rate in rates.items() if (w := _wrong(rate))
    ]


def _wrong(rate: object) -> str:
    try:
        Rate.parse(rate)
    except ValueError as error:
        return str(error)
    return ""


def _ours(framework: Mapping[str, object]) -> Mapping[str, object]:
    """Return the rates of our endpoints, by scope, without those that are switched off."""
    rates = framework.get("DEFAULT_THROTTLE_RATES")
    every = rates.items() if isinstance(rates, Mapping) else ()
    return {str(name): rate for name, rate in every if str(name).startswith(SCOPES) and rate is not None}


def _rates(own: Settings, framework: Mapping[str, object]) -> Iterator[CheckMessage]:
    ours = _ours(framework)
    if LOGIN not in ours:
        yield fault("W025")
    if not ours:
        return
    if effect := effect_of(THROTTLE_CACHE, 0):
        yield fault("W026", **effect)
    if framework.get("NUM_PROXIES") is None and own.CLIENT_ADDRESS is None:
        yield fault("W027")
