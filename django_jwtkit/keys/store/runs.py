"""The last run of the rotation job in each ring: an operator sees by it that cron is dead."""

from datetime import datetime

from django_jwtkit import db

from .locating import Address
from .models import Ring


def note_run(address: Address, at: datetime) -> None:
    """Note that the job has looked after the ring at `address`, by the database's clock, whatever was due.

    It is one statement that commits itself, beside the rotation and never inside it: neither the generation
    nor a MAC changes, so no process reloads its keys. Of several hosts the last one to write wins, and all
    of them are right.
    """
    rings = Ring.objects.using(address.alias).filter(name=address.ring)
    db.despite_deadlock(address.alias, lambda: rings.update(last_run=at))
