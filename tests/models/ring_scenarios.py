"""The scenarios of the ring's model: the changes, the clocks, their delays, and the length."""

from typing import Final

from .ring import SKEW, Planner, Scenario

JOB, EMERGENCY, REVOCATION = Planner("rotate"), Planner("rotate at once"), Planner("revoke")
LATE_JOB, EARLY_JOB = Planner("rotate", ahead=-4), Planner("rotate", ahead=SKEW)
WITHIN_SKEW = (0, -1)

# All plans go by the database's clock, and so do all processes, unless a scenario says otherwise. `quick` is
# how long it lasts in every run, in minutes; `last` in the full one.
SCENARIOS: Final = (
    Scenario("job and emergency rotation", (JOB, EMERGENCY), last=7, quick=3),
    Scenario("job and revocation", (JOB, REVOCATION), last=7, quick=2),
    Scenario("emergency rotation, its planner sleeps", (EMERGENCY,), last=8, quick=4),
    Scenario("revocation, its planner sleeps", (REVOCATION,), last=8, quick=3),
    Scenario("two revocations, one after the other", (Planner("revoke", times=2),), last=6, quick=2),
    Scenario("two emergency rotations and a revocation", (EMERGENCY, EMERGENCY, REVOCATION), last=3, quick=0),
    Scenario("the job dies, and two turns pass", (JOB,), last=16, quick=7),
    # A process whose database is away goes on with its last reading. A slow database is granted older plans.
    Scenario("clocks within CLOCK_SKEW, emergency", (EMERGENCY,), clocks=WITHIN_SKEW, last=7, quick=3),
    Scenario("clocks within CLOCK_SKEW, revocation", (JOB, REVOCATION), clocks=WITHIN_SKEW, last=7, quick=2),
    Scenario("plans up to CLOCK_SKEW old", (JOB, EMERGENCY), oldest=SKEW, last=7, quick=3),
    # A time that is wrong and passed in, as `now=`.
    Scenario("a late job", (LATE_JOB,), last=8, quick=8),
    Scenario("a late job after an emergency rotation", (EMERGENCY, LATE_JOB), last=8, quick=3),
    Scenario("a late job after a revocation", (REVOCATION, LATE_JOB), last=8, quick=2),
    Scenario("an early job", (EARLY_JOB,), last=8, quick=6),
)

NAMED: Final = {scenario.name: scenario for scenario in SCENARIOS}
