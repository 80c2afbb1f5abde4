"""The health of all keys as one value, which commands, pages, probes and metrics show."""

from .job import find_overdue
from .memory import current_health, recent_health
from .reading import read_health
from .standing import Standing, standings_of
from .values import Fault, Health, KeyHealth, Kind, RingHealth, SealingHealth

__all__ = [
    "Fault",
    "Health",
    "KeyHealth",
    "Kind",
    "RingHealth",
    "SealingHealth",
    "Standing",
    "current_health",
    "find_overdue",
    "read_health",
    "recent_health",
    "standings_of",
]
