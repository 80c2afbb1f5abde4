"""What becomes of one token, and why: a verdict and each check, for the command and the admin's page."""

from .dates import dates_of
from .findings import Check, Inspection, Outcome
from .judging import inspect
from .models import Inspect
from .reading import find_token

__all__ = ["Check", "Inspect", "Inspection", "Outcome", "dates_of", "find_token", "inspect"]
