"""Many clients refresh one token at the same moment, round for round, in several processes.

`JWTKIT_RACE=50x200` makes it 50 clients and 200 rounds; `pytest -s` shows the row of the table.
"""

import os
import time
from collections import Counter

import pytest
from django.db import connection

from tests.processes import Processes
from tests.sessions.racing import THREADS

CLIENTS, ROUNDS = map(int, os.environ.get("JWTKIT_RACE", "20x5").split("x"))


@pytest.mark.threat("RFR-002", "RFR-003", "RFR-022")
@pytest.mark.django_db(transaction=True)
def test_clients_that_race_stay_together_and_alive(pair, row):
    """Each shows what it was given last: a dead or forked successor would be refused a round later."""
    seen, began = Counter(), time.perf_counter()
    with Processes(CLIENTS // THREADS, "tests.sessions.racing:refresh") as many:
        for turn in range(ROUNDS):
            answers = [each for told in many.run(None if turn else pair.refresh) for each in told]
            generations = {answer.get("counter") for answer in answers}
            assert [answer for answer in answers if "failed" in answer] == []
            seen["refused"] += sum("refused" in answer for answer in answers)
            seen["dead"] += sum(answer.get("counter") != row().counter for answer in answers)
            seen["forked"] += len(generations) > 1
    spent = time.perf_counter() - began
    print(
        f"\n{connection.vendor}: {CLIENTS} x {ROUNDS} in {spent:.0f} s: {dict(seen)}, ended {row().ended_at}"
    )
    assert seen == {"refused": 0, "dead": 0, "forked": 0}
    assert (row().counter, row().ended_at) == (ROUNDS, None)
