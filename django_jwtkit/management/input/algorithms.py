"""The `--algorithm` of a command, which must fit the ring."""

from django_jwtkit import keys
from django_jwtkit.jose import jwa
from django_jwtkit.management.failures import usage
from django_jwtkit.wording import did_you_mean


def check_algorithm(policy: keys.Policy, algorithm: str, command: str) -> None:
    """Raise a usage error unless `algorithm` is empty or one for the ring of `policy`."""
    algorithms = {"sig": jwa.SIGNATURES, "enc": jwa.KEY_MANAGEMENT}[policy.use]
    if algorithm and algorithm not in algorithms:
        hint = did_you_mean(algorithm, algorithms)
        raise usage(f"{algorithm!r} is not an algorithm for keys of ring {policy.ring}. {hint}", command)
