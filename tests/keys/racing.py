"""What the racing processes of test_races.py do."""

from datetime import datetime
from typing import Any

from django_jwtkit import keys


def rotate(ring: str, now: str) -> dict[str, Any]:
    """Do what is due at `now`; tell whether this process has made a key."""
    plan = keys.rotate(ring, now=datetime.fromisoformat(now))
    return {"made": 0 if plan.lost else [step.action for step in plan.steps].count("made"), "lost": plan.lost}


def revoke(kid: str) -> dict[str, Any]:
    """Revoke `kid`, whoever else changes the ring just now."""
    plan = keys.revoke(kid, reason="race")
    return {"lost": plan.lost}
