"""A virtual year of a ring: the planner's own plans, under a job that fails, and tokens that meet them."""

from .promises import Promise, promises
from .traffic import Traffic, travel
from .year import Outage, Year, live

__all__ = ["Outage", "Promise", "Traffic", "Year", "live", "promises", "travel"]
