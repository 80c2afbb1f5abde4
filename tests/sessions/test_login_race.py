"""Many logins of one user at the same moment, in several processes: MAX_SESSIONS holds after each round."""

import pytest

from django_jwtkit import sessions
from tests.support.processes import Processes

PROCESSES, ROUNDS, LIMIT = 3, 5, 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("inside", [False, True], ids=["by themselves", "inside transactions"])
def test_logins_that_race_keep_the_limit(alice, inside):
    """Nobody's login fails, and the newest three are alive."""
    with Processes(PROCESSES, "tests.sessions.racing:log_in") as many:
        for _ in range(ROUNDS):
            assert [failure for failures in many.run(alice.pk, LIMIT, inside) for failure in failures] == []
            assert sessions.live(alice).count() == LIMIT
