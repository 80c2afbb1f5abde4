"""Two real processes: each learns of the other's changes within KEYRING_MAX_AGE."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import override_settings

from django_jwtkit import keys
from django_jwtkit.keys import KeyEvent, State, StoredKey, sealing
from tests.keys.races.racing import seals
from tests.keys.rows import key_in
from tests.support.processes import Processes

pytestmark = pytest.mark.django_db(transaction=True)

MAX_AGE = 1.0  # of the other process's snapshot, see racing.quick
SLACK = 5.0  # a busy host; by default a snapshot may be ten seconds old


def seconds_until(holds):
    """Return how long it takes until `holds()`, at most a minute."""
    start = time.monotonic()
    while not holds():
        assert time.monotonic() - start < 60
        time.sleep(0.05)
    return time.monotonic() - start


def test_a_new_key_of_one_process_signs_in_the_other():
    """After a forced rotation here, the other one signs with the next key."""
    first, following = key_in(State.ACTIVE).kid, key_in(State.STANDBY).kid
    with Processes(1, "tests.keys.races.racing:signing_kid") as other:
        assert other.run("access") == [first]
        keys.rotate("access", at_once=True, force=True)
        assert seconds_until(lambda: other.run("access") == [following]) < MAX_AGE + SLACK


@pytest.mark.threat("KEY-006")
def test_a_key_revoked_in_one_process_is_refused_by_the_other():
    """Rule 4, with real clocks."""
    victim = key_in(State.ACTIVE).kid
    with Processes(1, "tests.keys.races.racing:can_verify") as other:
        assert other.run("access", victim) == [True]
        keys.revoke(victim, reason="leaked")
        assert seconds_until(lambda: other.run("access", victim) == [False]) < MAX_AGE + SLACK


def test_a_key_made_in_one_process_is_trusted_by_the_other_at_once():
    """Its first token triggers a look at the ring, at once."""
    with Processes(1, "tests.keys.races.racing:can_verify") as other:
        assert other.run("access", key_in(State.ACTIVE).kid) == [True]
        keys.generate("access", algorithm="Ed25519")
        new = next(key for key in keys.StoredKey.objects.all() if key.alg == "Ed25519")
        assert other.run("access", new.kid) == [True]


@pytest.mark.threat("KEY-016")
@pytest.mark.parametrize("server_has", [(2, 1), (1, 2)], ids=["the new one in front", "the new one behind"])
def test_resealing_goes_on_beside_a_server_that_rotates(server_has):
    """The server signs and verifies throughout; nothing is lost, and in the end the old one can go."""
    with override_settings(JWTKIT=seals(1)):
        list(keys.reseal())
    with (
        Processes(1, "tests.keys.races.racing:serve") as server,
        ThreadPoolExecutor(1) as beside,
        override_settings(JWTKIT=seals(2, 1)),
    ):
        served, runs = beside.submit(server.run, server_has, 15), 0
        while not served.done():
            list(keys.reseal())
            runs += 1
        assert served.result() == [{"keys": 30}]
        list(keys.reseal())
        assert runs > 1
    with override_settings(JWTKIT=seals(2)):
        living = StoredKey.objects.exclude(sealed="")
        assert {sealing.sealed_under(key) for key in living} == {"2"}
        assert all(sealing.unseal(key).private for key in living)
    resealed = KeyEvent.objects.filter(action="resealed", detail__endswith="sealed anew under 2.")
    assert resealed.count() == len(set(resealed.values_list("kid", flat=True))), "each key once"
