"""The lives of keys as one picture."""

from .drawing import draw

__all__ = ["draw"]
