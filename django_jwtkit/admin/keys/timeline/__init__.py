"""The lives of keys as one picture, as wide as a screen or as narrow as a phone."""

from .drawing import Picture, Timeline, draw, draw_both

__all__ = ["Picture", "Timeline", "draw", "draw_both"]
