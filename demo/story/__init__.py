"""The story: its steps, and what alice and the operator do in each."""

from .player import BrokenPromiseError, Player, Turn
from .steps import STORY, Step

__all__ = ["STORY", "BrokenPromiseError", "Player", "Step", "Turn"]
