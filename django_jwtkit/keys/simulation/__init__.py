"""A virtual year of a ring: the planner's own plans, a job that fails, and tokens that cross it all."""

from .promises import Promise, check_promises
from .traffic import Traffic, send_tokens
from .year import WRONG_CLOCKS, Outage, Year, simulate_year

__all__ = [
    "WRONG_CLOCKS",
    "Outage",
    "Promise",
    "Traffic",
    "Year",
    "check_promises",
    "send_tokens",
    "simulate_year",
]
