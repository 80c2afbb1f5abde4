"""The overview at `admin/jwtkit/`: whether all keys are healthy, ring by ring, in words."""

from .banner import KeyHealthMixin
from .page import Overview, read_overview

__all__ = ["KeyHealthMixin", "Overview", "read_overview"]
