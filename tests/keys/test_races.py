"""Many processes, one database: a rotation happens once, and a revocation always happens.

JWTKIT_RACE=16x40 sets processes and rounds.
"""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from django_jwtkit.keys import KeyEvent, State, StoredKey
from tests.keys.rows import wipe
from tests.processes import Processes

PROCESSES, ROUNDS = map(int, os.environ.get("JWTKIT_RACE", "6x10").split("x"))

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.threat("KEY-010")
def test_many_processes_make_one_key_a_round():
    """All of them find a changeover behind them and no standby: exactly one makes it."""
    now = timezone.now()
    before = StoredKey.objects.filter(ring_id="access").count()
    with Processes(PROCESSES, "tests.keys.racing:rotate") as many:
        for turn in range(1, ROUNDS + 1):
            answers = many.run("access", (now + turn * timedelta(days=91)).isoformat())
            assert [answer for answer in answers if "error" in answer] == []
            assert sum(answer["made"] for answer in answers) == 1
    assert StoredKey.objects.filter(ring_id="access").count() == before + ROUNDS


@pytest.mark.threat("KEY-010")
def test_a_first_start_in_many_processes_makes_one_pair():
    """Five hosts migrate at once: one signer, one standby."""
    wipe()
    with Processes(PROCESSES, "tests.keys.racing:rotate") as many:
        answers = many.run("access", timezone.now().isoformat())
    assert [answer for answer in answers if "error" in answer] == []
    assert sum(answer["made"] for answer in answers) == 2
    found = [
        key.state(timezone.now() + timedelta(seconds=1)) for key in StoredKey.objects.filter(ring_id="access")
    ]
    assert sorted(found) == [State.ACTIVE, State.STANDBY]


def test_a_revocation_wins_in_the_end():
    """All revoke one key at once: nobody fails, it is revoked once, and one key signs."""
    victim = next(row for row in StoredKey.objects.filter(ring_id="access") if row.state() is State.ACTIVE)
    with Processes(PROCESSES, "tests.keys.racing:revoke") as many:
        answers = many.run(victim.kid)
    assert [answer for answer in answers if "error" in answer] == []
    states = [
        row.state(timezone.now() + timedelta(seconds=1)) for row in StoredKey.objects.filter(ring_id="access")
    ]
    assert sorted(states) == [State.ACTIVE, State.REVOKED, State.STANDBY]
    assert KeyEvent.objects.filter(kid=victim.kid, action="revoked").count() == 1
