"""Changing a ring: read its rows, make a plan and the keys that it lacks, and write all of it at once."""

from .execution import carry_out, insist
from .reading import RingState, make_plan, read_ring, read_rings
from .request import Change, Request

__all__ = ["Change", "Request", "RingState", "carry_out", "insist", "make_plan", "read_ring", "read_rings"]
