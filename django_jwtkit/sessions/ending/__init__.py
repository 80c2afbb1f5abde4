"""Ending sessions, telling of it, and forgetting the dead."""

from .announcing import Actor
from .cutoffs import cut_off_simplejwt
from .many import end_many, end_origin
from .marking import aend, aend_all, end, end_all, finish
from .pruning import prune

__all__ = [
    "Actor",
    "aend",
    "aend_all",
    "cut_off_simplejwt",
    "end",
    "end_all",
    "end_many",
    "end_origin",
    "finish",
    "prune",
]
