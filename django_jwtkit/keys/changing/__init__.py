"""Changing a ring: read its state, plan, make the keys that are missing, and write it all at once."""

from .execution import carry_out, insist
from .state import Change, RingState, make_plan, read_ring

__all__ = ["Change", "RingState", "carry_out", "insist", "make_plan", "read_ring"]
