"""Numbered faults as messages of Django's checks, with the facts filled in."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from django.core import checks

from django_jwtkit.wording import escape, literal

from .definition import Fault
from .errors import ERRORS
from .warnings import WARNINGS

TAG: Final = "jwtkit"
MAX_TEXT: Final = 10_000  # characters
FAULTS: Final[Mapping[str, Fault]] = {**ERRORS, **WARNINGS}

LEVELS: Final[Mapping[str, Callable[..., checks.CheckMessage]]] = {"E": checks.Error, "W": checks.Warning}

RECIPE: Final = "python -c 'import secrets; print(secrets.token_urlsafe(32))'"
"""A command that prints a secret that is strong enough to seal with."""


def fault(number: str, **facts: object) -> checks.CheckMessage:
    """Return the message of a fault with its `facts`. Durations are written as in the settings."""
    texts = {name: literal(fact) if isinstance(fact, timedelta) else fact for name, fact in facts.items()}
    message, hint = FAULTS[number]
    # A fact may come from a row that anyone wrote, and Django prints messages as they are.
    message, hint = escape(message.format(**texts), MAX_TEXT), escape(hint.format(**texts), MAX_TEXT)
    return LEVELS[number[0]](message, hint=hint, id=f"jwtkit.{number}")
