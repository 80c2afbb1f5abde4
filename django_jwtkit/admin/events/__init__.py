"""The pages of the history of keys: the list, an event, and the list as a file."""

from .pages import KeyEventAdmin

__all__ = ["KeyEventAdmin"]
