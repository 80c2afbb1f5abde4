"""Many processes, one database: one rotation, and every revocation happens (tests/support/races.py)."""

from datetime import timedelta

import pytest

from django_jwtkit import keys, moments
from django_jwtkit.errors import KeyUnusableError
from django_jwtkit.jose import Key
from django_jwtkit.keys import KeyEvent, Ring, State, StoredKey
from tests.keys.rows import key_in, wipe
from tests.support.processes import Processes
from tests.support.races import counted, size

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture(scope="module")
def _many():
    """Filled by the first race: the processes of them all."""
    started = []
    yield started
    for processes in started:
        processes.__exit__(None, None, None)


@pytest.fixture
def race(_many, db):
    """Yield a runner for each round: it calls a function in all processes at once."""
    if not _many:
        _many.append(Processes(size("rotation").many, "tests.keys.races.racing:call"))

    def race(name, function):
        with counted(name) as count:

            def one_round(*arguments):
                before = StoredKey.objects.count()
                answers = _many[0].run(function, *arguments)
                failed = [answer for answer in answers if "error" in answer]
                count.total += StoredKey.objects.count() - before
                count.errors += len(failed)
                assert failed == []
                return answers

            for turn in range(1, size(name).rounds + 1):
                yield turn, one_round

    return race


def living():
    """Return the states of the trusted keys a second from now."""
    soon = moments.now() + timedelta(seconds=1)
    states = [key.state(soon) for key in StoredKey.objects.filter(ring_id="access")]
    return sorted(state for state in states if state in {State.ACTIVE, State.STANDBY})


@pytest.mark.threat("KEY-010")
def test_many_processes_make_one_key_in_each_round(race):
    """All of them find the standby missing: exactly one makes it, and all note their run."""
    now, before = moments.now(), StoredKey.objects.filter(ring_id="access").count()
    for turn, run in race("rotation", "rotate"):
        due = now + turn * 91 * DAY
        answers = run("access", due.isoformat())
        assert sum(answer["made"] for answer in answers) == 1
        assert Ring.objects.get(pk="access").last_run == due
        assert StoredKey.objects.filter(ring_id="access").count() == before + turn


@pytest.mark.threat("KEY-010")
def test_a_first_start_in_many_processes_makes_one_pair(race):
    """Many hosts migrate at once: one signer, one standby."""
    for _, run in race("first start", "rotate"):
        wipe("access")
        answers = run("access", moments.now().isoformat())
        assert sum(answer["made"] for answer in answers) == 2
        assert living() == [State.ACTIVE, State.STANDBY]


def test_a_revocation_wins_in_the_end(race):
    """All revoke one key at once: nobody fails, it is revoked once, and one key signs."""
    for _, run in race("revocation", "revoke"):
        victim = key_in(State.ACTIVE).kid
        assert sum(answer["revoked"] for answer in run(victim)) == 1
        assert living() == [State.ACTIVE, State.STANDBY]
        assert KeyEvent.objects.filter(kid=victim, action="revoked").count() == 1


def test_a_revocation_wins_against_rotations(race):
    """Half of them rotate by force meanwhile: the key is revoked once anyway, and one key signs."""
    for _, run in race("revocation, rotation", "revoke_or_rotate"):
        victim = key_in(State.ACTIVE).kid
        assert sum(answer["revoked"] for answer in run(victim)) == 1
        assert StoredKey.objects.get(kid=victim).state() is State.REVOKED
        assert living() == [State.ACTIVE, State.STANDBY]


def test_one_of_many_imports_of_a_key_succeeds(race):
    """The others are refused; its row is written once, and no date of it moves."""
    for turn, run in race("import", "take_in"):
        jwk = Key.generate("ES256", kid=f"from-afar-{turn}").to_dict(private=True)
        answers = run(jwk)
        assert sorted(answer.get("imported", "") for answer in answers)[-2:] == ["", jwk["kid"]]
        assert KeyEvent.objects.filter(kid=jwk["kid"], action="imported").count() == 1
        assert sum(key.open_slot is not None for key in StoredKey.objects.filter(ring_id="access")) == 1


def test_a_key_covers_the_longest_lifetime_that_many_ask_for(race):
    """Each gets a key for a lifetime of its own, and the key ends up with the longest of them."""
    for turn, run in race("promise", "promise"):
        answers = run((turn * HOUR).total_seconds())
        assert {answer["kid"] for answer in answers} == {key_in(State.ACTIVE).kid}
        assert key_in(State.ACTIVE).max_lifetime.total_seconds() == max(answer["asked"] for answer in answers)


def test_a_revoked_key_does_not_come_back_by_an_import(monkeypatch):
    """A key is imported while it is imported and revoked elsewhere: it stays revoked."""
    key = Key.generate("ES256", kid="from-afar")
    refuse_duplicate = keys.lifecycle.adding._refuse_duplicate

    def overtaken(kid):
        refuse_duplicate(kid)
        monkeypatch.undo()
        keys.import_key("access", key)
        keys.revoke(kid, reason="leaked")

    monkeypatch.setattr(keys.lifecycle.adding, "_refuse_duplicate", overtaken)
    with pytest.raises(KeyUnusableError, match="stored here already"):
        keys.import_key("access", key)
    assert StoredKey.objects.get(kid=key.kid).state() is State.REVOKED
