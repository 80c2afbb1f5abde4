"""What a refresh token that is presented deserves: its counter and the clock decide, and nothing else."""

from datetime import timedelta
from enum import Enum
from typing import Final

from django.utils.translation import gettext_noop

LONGEST_STEP_BACK: Final = timedelta(hours=2)
"""How far a database's clock may have been set back while a session still rests by it."""


class Verdict(Enum):
    """What becomes of a refresh token, and of its session."""

    TURN = "the newest token: the session turns to the next one"
    REPEAT = "the newest token, or the one before it, in time: the newest one answers"
    SPENT = gettext_noop("a spent token")
    UNISSUED = gettext_noop("a counter that was never issued: a leaked key, or a restored database")

    @property
    def is_reuse(self) -> bool:
        return self in {Verdict.SPENT, Verdict.UNISSUED}


def judge(presented: int, newest: int, age: timedelta | None, grace: timedelta) -> Verdict:
    """Return the verdict on the counter `presented`, where `newest` is that of the session.

    `age` is how long ago the newest token was made by a refresh, by one clock; None for one that a login
    has made. Below zero the clock was set back meanwhile, and no time counts as passed. A session never
    rests for good: one that seems to have turned in a far future turns again, and is dated anew.
    """
    is_young = age is not None and age < grace
    if presented > newest:
        return Verdict.UNISSUED
    if presented == newest:
        rests = is_young and age is not None and age >= -LONGEST_STEP_BACK
        return Verdict.REPEAT if rests else Verdict.TURN
    return Verdict.REPEAT if presented == newest - 1 and is_young else Verdict.SPENT
