"""Many clients refresh one token at the same moment, round for round, in several processes.

`JWTKIT_RACES=full` makes it 50 clients and 200 rounds (tests/support/races.py).
"""

from collections import Counter

import pytest

from tests.sessions.racing import THREADS
from tests.support.aging import let_pass
from tests.support.processes import Processes
from tests.support.races import counted, size

CLIENTS, ROUNDS = size("refresh")


@pytest.mark.race
@pytest.mark.threat("RFR-002", "RFR-003", "RFR-022")
@pytest.mark.django_db(transaction=True)
def test_clients_that_race_stay_together_and_alive(pair, row):
    """Each shows what it was given last: a dead or forked successor would be refused a round later."""
    failures = Counter()
    with (
        counted("refresh") as count,
        Processes(CLIENTS // THREADS, "tests.sessions.racing:refresh") as many,
    ):
        for turn in range(ROUNDS):
            answers = [answer for batch in many.run(None if turn else pair.refresh) for answer in batch]
            generations = {answer.get("counter") for answer in answers}
            assert [answer for answer in answers if "failed" in answer] == []
            failures["refused"] += sum("refused" in answer for answer in answers)
            failures["dead"] += sum(answer.get("counter") != row().counter for answer in answers)
            failures["forked"] += len(generations) > 1
            count.total, count.errors = row().counter, sum(failures.values())
            let_pass()  # it turns once within the grace
    assert failures == {"refused": 0, "dead": 0, "forked": 0}
    assert (row().counter, row().ended_at) == (ROUNDS, None)
