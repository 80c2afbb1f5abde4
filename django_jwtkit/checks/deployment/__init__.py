"""Checks for production: `manage.py check --deploy`."""

from .ceilings import check_ceilings
from .guessing import check_guessing, check_rates
from .metadata import check_metadata
from .production import check_deployment

__all__ = ["check_ceilings", "check_deployment", "check_guessing", "check_metadata", "check_rates"]
