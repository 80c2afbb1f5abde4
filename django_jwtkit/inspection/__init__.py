"""What becomes of one token, and why: a verdict and each check, for the command and the admin's page."""

from .findings import Check, Inspection, Outcome
from .judging import inspect

__all__ = ["Check", "Inspection", "Outcome", "inspect"]
