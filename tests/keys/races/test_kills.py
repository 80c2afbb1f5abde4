"""A process that is killed in the middle of a change leaves nothing that the next run does not repair."""

from datetime import timedelta

import pytest
from django.test import override_settings

from django_jwtkit import keys, moments
from django_jwtkit.jose import Key
from django_jwtkit.keys import KeyEvent, State, StoredKey, sealing
from django_jwtkit.wording import how_long
from tests.keys.races.racing import seals
from tests.keys.rows import key_in, wipe
from tests.support.processes import Processes

pytestmark = pytest.mark.django_db(transaction=True)

TURN = timedelta(days=91)
MOST = 80  # statements: more than any change has


@pytest.fixture(scope="module")
def _process():
    """Filled by the first test: a process that forks the ones to be killed."""
    started = []
    yield started
    for process in started:
        process.__exit__(None, None, None)


@pytest.fixture
def killed(_process, db):
    """Kill a change after each of its statements in turn; yield after each, until one survives."""
    if not _process:
        _process.append(Processes(1, "tests.keys.races.racing:can_kill_after"))

    def killed(change):
        for count in range(1, MOST):
            verb, name, now, more = change(count)
            [dead] = _process[0].run(count, verb, name, now.isoformat(), more)
            assert dead in {True, False}, dead
            yield name, now
            if not dead:
                assert count > 6, "a change has that many statements at least"
                return

    return killed


def living(now):
    """Return the states of the ring's trusted keys."""
    states = [key.state(now) for key in StoredKey.objects.filter(ring_id="access")]
    return sorted(state for state in states if state in {State.ACTIVE, State.STANDBY})


def assert_whole(now):
    """One key signs, one stands by, all that are needed open, and each was made once."""
    assert living(now) == [State.ACTIVE, State.STANDBY]
    kids = list(KeyEvent.objects.filter(ring_id="access", action="made").values_list("kid", flat=True))
    assert sorted(kids) == sorted(StoredKey.objects.filter(ring_id="access").values_list("kid", flat=True))
    for state in (State.ACTIVE, State.STANDBY):
        assert sealing.unseal(key_in(state, now=now)).private


def test_a_rotation_that_is_killed_is_completed_by_the_next_run(killed):
    """After every single statement: the next run makes the one key that is missing, if it is."""
    start, before = moments.now(), StoredKey.objects.filter(ring_id="access").count()
    rounds = killed(lambda count: ("rotate", "access", start + count * TURN, {}))
    for number, (_, now) in enumerate(rounds, 1):
        keys.rotate("access", now=now)
        assert_whole(now)
        assert StoredKey.objects.filter(ring_id="access").count() == before + number


def test_a_first_start_that_is_killed_is_completed_by_the_next(killed):
    """The ring's own row may be there, or not."""
    now = moments.now()

    def change(_):
        wipe("access")
        return "rotate", "access", now, {}

    for _ in killed(change):
        keys.rotate("access", now=now)
        assert_whole(now)
        assert StoredKey.objects.filter(ring_id="access").count() == 2


def test_a_revocation_that_is_killed_has_happened_fully_or_not_at_all(killed):
    """The next attempt succeeds: the key is revoked once, its private part gone, its standby signs."""
    start = moments.now()

    def change(count):
        now = start + count * timedelta(minutes=5)
        return "revoke", key_in(State.ACTIVE, now=now).kid, now, {"reason": "leaked"}

    for kid, now in killed(change):
        victim = StoredKey.objects.get(kid=kid)
        assert (victim.revoked_at is None) == bool(victim.sealed)
        keys.revoke(kid, reason="leaked", now=now)
        assert KeyEvent.objects.filter(kid=kid, action="revoked").count() == 1
        assert_whole(now)


def test_resealing_that_is_killed_is_completed_by_the_next_run(killed):
    """Every key opens at each moment, under the one sealing key or the other, and each move is on record."""
    now = moments.now()

    for newest, _ in killed(lambda count: ("reseal", str(count), now, {})):
        with override_settings(JWTKIT=seals(int(newest), int(newest) - 1)):
            assert all(sealing.unseal(key).private for key in StoredKey.objects.all())
            moved = {key.kid for key in StoredKey.objects.all() if sealing.sealed_under(key) == newest}
            events = KeyEvent.objects.filter(detail__endswith=f" is sealed anew under {newest}.")
            assert set(events.values_list("kid", flat=True)) == moved
            list(keys.reseal())
            assert {sealing.sealed_under(key) for key in StoredKey.objects.all()} == {newest}
            assert events.count() == StoredKey.objects.count()


def test_an_import_that_is_killed_has_happened_fully_or_not_at_all(killed):
    """Where it has not happened, the same key can be imported again."""
    start = moments.now()

    def change(count):
        return "import", f"from-afar-{count}", start + count * timedelta(seconds=1), {}

    for kid, now in killed(change):
        taken = StoredKey.objects.filter(kid=kid).first()
        assert KeyEvent.objects.filter(kid=kid, action="imported").count() == (taken is not None)
        if taken is None:
            keys.import_key("access", Key.generate("ES256", kid=kid), now=now)
        else:
            assert sealing.unseal(taken).private
        assert keys.preview("access", now=now).steps == ()


def test_the_next_token_raises_a_lifetime_whose_raising_was_killed(killed):
    """No token was issued: the new lifetime and its history entry are both there, or neither."""
    now = moments.now()

    for ring, _ in killed(lambda count: ("raise", "access", now, {"hours": 2 * count})):
        signer = key_in(State.ACTIVE)
        events = KeyEvent.objects.filter(kid=signer.kid, action="raised").order_by("pk").last()
        on_record = f"up to {how_long(signer.max_lifetime)}:"
        assert on_record in events.detail if events else signer.max_lifetime == timedelta(minutes=5)
        longer = signer.max_lifetime + timedelta(hours=1)
        keys.signing_key(ring, now=now, lifetime=longer)
        assert key_in(State.ACTIVE).max_lifetime == longer
