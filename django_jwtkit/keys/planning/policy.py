"""What the settings ask of a ring's keys, as the numbers that the planner works with."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django_jwtkit.conf import Settings, conf
from django_jwtkit.errors import UnknownRing
from django_jwtkit.jose.jwa import FITS

_registered: Final[dict[str, timedelta]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How the keys of one ring live, from now on.

    `spread` is how long a key must be published before it may sign, so that nobody meets an unknown kid;
    `linger` how long after its last signature a private part is kept.
    """

    ring: str
    algorithm: str
    use: str
    publish: bool
    rotate_every: timedelta
    publish_before: timedelta
    max_lifetime: timedelta
    margin: timedelta
    spread: timedelta
    linger: timedelta
    abandoned: bool = False  # the ring has left the settings: its keys live out, and no new ones are made


def policy(ring: str, settings: Settings | None = None) -> Policy:
    """The policy of `ring` as the settings have it now. Raises `UnknownRing`."""
    settings = settings or conf()
    asked = settings.rings.get(ring)
    if asked is None:
        known = ", ".join(settings.rings)
        raise UnknownRing(f"There is no ring {ring!r}. Known are {known}; add one in JWTKIT['KEY_RINGS'].")
    own_nodes = settings.SIGNING_MAX_AGE
    publish = asked.publish and not _is_symmetric(asked.algorithm)
    consumers = settings.JWKS_MAX_AGE + settings.CONSUMER_CACHE if publish else timedelta(0)
    mirrored = consumers if asked.use == "enc" else timedelta(0)
    return Policy(
        ring=ring,
        algorithm=asked.algorithm,
        use=asked.use,
        publish=publish,
        rotate_every=asked.rotate_every,
        publish_before=asked.publish_before,
        max_lifetime=longest_lifetime(ring, settings),
        margin=own_nodes + settings.LEEWAY + settings.CLOCK_SKEW + mirrored,
        # An encryption ring is distributed among our own nodes before its public key is shown to anybody.
        spread=own_nodes + settings.CLOCK_SKEW + (timedelta(0) if mirrored else consumers),
        linger=own_nodes + settings.CLOCK_SKEW,
    )


def last_policy(ring: str, algorithm: str = "", use: str = "sig") -> Policy:
    """The policy of `ring`, and where it has left the settings one for what is left of it."""
    if ring in conf().rings:
        return policy(ring)
    nothing, own = timedelta(0), conf().SIGNING_MAX_AGE + conf().CLOCK_SKEW
    return Policy(
        ring=ring,
        algorithm=algorithm,
        use=use,
        publish=False,
        rotate_every=nothing,
        publish_before=nothing,
        max_lifetime=nothing,
        margin=nothing,
        spread=own,
        linger=own,
        abandoned=True,
    )


def register_lifetime(ring: str, lifetime: timedelta) -> None:
    """Register that `ring` will sign tokens of `lifetime`: its next keys are made for them."""
    _registered[ring] = max(lifetime, _registered.get(ring, lifetime))


def longest_lifetime(ring: str, settings: Settings) -> timedelta:
    """The longest lifetime configured or registered for tokens of `ring`."""
    asked = settings.rings[ring].max_lifetime or timedelta(0)
    return max(asked, _registered.get(ring, timedelta(0)), _configured(settings, ring))


def _is_symmetric(algorithm: str) -> bool:
    return algorithm in FITS and FITS[algorithm].kty == "oct"


def _configured(settings: Settings, ring: str) -> timedelta:
    lifetimes = {"access": settings.ACCESS_TOKEN_LIFETIME, "refresh": settings.REFRESH_TOKEN_LIFETIME}
    if ring == "encryption":
        encrypted = [lifetimes[kind] for kind in settings.ENCRYPT if kind in lifetimes]
        return max(encrypted, default=settings.ACCESS_TOKEN_LIFETIME)
    return lifetimes.get(ring, settings.ACCESS_TOKEN_LIFETIME)
