"""How long the tokens of a ring live: its keys are made for the longest lifetime that is known here."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from django_jwtkit.conf import Settings

Lifetime = timedelta | Callable[[Settings], timedelta]

_fixed: Final[dict[str, timedelta]] = {}
_by_settings: Final[dict[str, list[Callable[[Settings], timedelta]]]] = {}


def register_lifetime(ring: str, lifetime: Lifetime) -> None:
    """Register that `ring` will sign tokens of `lifetime`: its next keys are made for them.

    A function is called with the settings each time that a policy is made of them.
    """
    if isinstance(lifetime, timedelta):
        _fixed[ring] = max(lifetime, _fixed.get(ring, lifetime))
    else:
        _by_settings.setdefault(ring, []).append(lifetime)


def longest_lifetime(ring: str, settings: Settings) -> timedelta:
    """Return the longest lifetime configured or registered for tokens of `ring`.

    It is never shorter than that of an access token: a project's own kind may come later than the key.
    """
    nothing = timedelta(0)
    configured = settings.rings[ring].max_lifetime or nothing
    computed = [lifetime(settings) for lifetime in _by_settings.get(ring, ())]
    return max(settings.ACCESS_TOKEN_LIFETIME, configured, _fixed.get(ring, nothing), *computed)
