"""A virtual year of a ring: the planner's own plans, under a job that fails, and tokens that meet them."""

from .promises import Promise, promises
from .traffic import Traffic, travel
from .year import WRONG, Outage, Year, live

__all__ = ["WRONG", "Outage", "Promise", "Traffic", "Year", "live", "promises", "travel"]
