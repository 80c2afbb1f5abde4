"""Plans: what changes in a ring, key by key, in sentences for people and in names for programs."""

from .plan import Plan
from .steps import Step
from .texts import FURTHER_NOTICE, NOW, TEXTS, is_for_encryption, short, verb

__all__ = ["FURTHER_NOTICE", "NOW", "TEXTS", "Plan", "Step", "is_for_encryption", "short", "verb"]
