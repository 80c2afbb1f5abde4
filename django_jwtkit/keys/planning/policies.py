"""What the settings require of a ring's keys, as the numbers that the planner works with."""

from dataclasses import dataclass
from datetime import timedelta

from django_jwtkit.conf import Settings, conf
from django_jwtkit.errors import UnknownRing
from django_jwtkit.jose import jwa

from .lifetimes import longest_lifetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How the keys of one ring live, from now on.

    `spread` is how long a key must be published before it may sign, so that all consumers know it by then.
    `linger` is how long after its last signature a private part is kept.
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
    abandoned: bool = False  # the ring has left the settings: its keys live on, and no new ones are made

    @property
    def has_consumers(self) -> bool:
        """Whether other services verify with its keys; else only our own processes must know the next one."""
        return self.publish and self.use == "sig"


def policy(ring: str, settings: Settings | None = None) -> Policy:
    """Return the policy of `ring` as the settings have it now. Raises `UnknownRing`."""
    settings = settings or conf()
    required = settings.rings.get(ring)
    if required is None:
        rings = ", ".join(settings.rings)
        raise UnknownRing(
            f"There is no ring {ring!r}. The rings are {rings}; add one in JWTKIT['KEY_RINGS']."
        )
    own_nodes = settings.SIGNING_MAX_AGE
    fit = jwa.FITS.get(required.algorithm)
    publish = required.publish and not (fit and fit.is_symmetric)
    consumers = settings.JWKS_MAX_AGE + settings.CONSUMER_CACHE if publish else timedelta(0)
    mirrored = consumers if required.use == "enc" else timedelta(0)
    return Policy(
        ring=ring,
        algorithm=required.algorithm,
        use=required.use,
        publish=publish,
        rotate_every=required.rotate_every,
        publish_before=required.publish_before,
        max_lifetime=longest_lifetime(ring, settings),
        margin=own_nodes + settings.LEEWAY + settings.CLOCK_SKEW + mirrored,
        # An encryption key is distributed among our own nodes before anybody is shown its public part.
        spread=own_nodes + settings.CLOCK_SKEW + (timedelta(0) if mirrored else consumers),
        linger=own_nodes + settings.CLOCK_SKEW,
    )


def last_policy(ring: str, algorithm: str = "", use: str = "sig") -> Policy:
    """Return the policy of `ring`, and for a ring that has left the settings one for its remaining keys."""
    if ring in conf().rings:
        return policy(ring)
    nothing, own_nodes = timedelta(0), conf().SIGNING_MAX_AGE + conf().CLOCK_SKEW
    return Policy(
        ring=ring,
        algorithm=algorithm,
        use=use,
        publish=False,
        rotate_every=nothing,
        publish_before=nothing,
        max_lifetime=nothing,
        margin=nothing,
        spread=own_nodes,
        linger=own_nodes,
        abandoned=True,
    )
