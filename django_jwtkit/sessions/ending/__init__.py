"""Ending sessions, telling of it, and forgetting the dead."""

from .announcing import Actor
from .cutoffs import cut_off_simplejwt
from .marking import end, end_all, finish
from .pruning import end_origin, prune

__all__ = ["Actor", "cut_off_simplejwt", "end", "end_all", "end_origin", "finish", "prune"]
