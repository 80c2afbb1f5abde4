"""What a revocation brings about, worked out before it is done: commands and the admin say the same of it."""

from .choosing import find_remaining, refuse_newest, sealed_rows
from .effects import NOTHING_SIGNED, Consequences, Fact, LoggedOut, consumers_until, describe_consumers
from .revocations import carry_out, foresee, latest_end
from .takeover import describe_readiness

__all__ = [
    "NOTHING_SIGNED",
    "Consequences",
    "Fact",
    "LoggedOut",
    "carry_out",
    "consumers_until",
    "describe_consumers",
    "describe_readiness",
    "find_remaining",
    "foresee",
    "latest_end",
    "refuse_newest",
    "sealed_rows",
]
