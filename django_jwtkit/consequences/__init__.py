"""What a revocation brings about, worked out before it is done: commands and the admin say the same of it."""

from .choosing import find_remaining, refuse_newest, sealed_rows
from .effects import (
    NOTHING_SIGNED,
    Consequences,
    Fact,
    consumers_until,
    describe_access,
    describe_consumers,
    describe_logged_out,
)
from .logins import LoggedOut, find_refused, keys_of, refused_at, resting_on, rings_of_logins
from .revocations import carry_out, foresee, foresee_rotation, latest_end, logged_out_by_all
from .takeover import describe_readiness

__all__ = [
    "NOTHING_SIGNED",
    "Consequences",
    "Fact",
    "LoggedOut",
    "carry_out",
    "consumers_until",
    "describe_access",
    "describe_consumers",
    "describe_logged_out",
    "describe_readiness",
    "find_refused",
    "find_remaining",
    "foresee",
    "foresee_rotation",
    "keys_of",
    "latest_end",
    "logged_out_by_all",
    "refuse_newest",
    "refused_at",
    "resting_on",
    "rings_of_logins",
    "sealed_rows",
]
