"""What a project that comes from simplejwt has to do: found in its settings, its source and its database."""

from .report import Survey, take_survey

__all__ = ["Survey", "take_survey"]
