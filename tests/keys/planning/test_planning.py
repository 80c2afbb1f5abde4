"""The planner: a ring always has a signer and a standby, and no consumer meets an unknown kid."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from django_jwtkit.keys import planning
from django_jwtkit.keys.planning import Keys, Situation, State, policy

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
_serial = count()


def at(now=NOW, ring="access", **kwargs) -> Situation:
    return Situation(policy(ring), now, **kwargs)


def named(keys: Keys) -> Keys:
    """Return the keys as they are when a plan has been carried out: new ones have a kid."""
    return tuple(key if key.kid else replace(key, kid=f"k{next(_serial)}") for key in keys)


def due(keys: Keys, situation: Situation) -> Keys:
    return named(planning.rotate(keys, situation))


def states(keys: Keys, now: datetime) -> list[State]:
    return [key.state(now) for key in keys]


def test_an_empty_ring_gets_a_signer_and_a_standby():
    """A first start leaves one key that signs and one that is published for its turn."""
    keys = due((), at())
    assert states(keys, NOW) == [State.ACTIVE, State.STANDBY]
    first, second = keys
    assert first.sign_from == NOW
    assert first.sign_until == second.sign_from == NOW + timedelta(days=90)
    assert second.sign_until is None


def test_a_plan_is_idempotent():
    """Nothing is due right after what was due has been done."""
    keys = due((), at())
    assert planning.rotate(keys, at()) == keys
    assert planning.rotate(keys, at(NOW + 89 * DAY)) == keys


def test_the_changeover_needs_no_job():
    """Without the job, the standby signs when its turn comes, and goes on without an end."""
    keys = due((), at())
    later = NOW + 300 * DAY
    assert states(keys, later) == [State.EXPIRED, State.ACTIVE]


def test_the_job_makes_the_next_standby_after_a_changeover():
    """Each key signs for ROTATE_EVERY where the job runs in time."""
    keys = due(due((), at()), at(NOW + 90 * DAY))
    assert states(keys, NOW + 90 * DAY) == [State.RETIRED, State.ACTIVE, State.STANDBY]
    assert keys[2].sign_from == NOW + 180 * DAY


def test_a_late_job_never_lets_a_key_sign_before_consumers_have_it():
    """After a year without the job the next standby still waits for PUBLISH_BEFORE."""
    late = NOW + 365 * DAY
    keys = due(due((), at()), at(late))
    standby = planning.next_key(keys, late)
    assert standby is not None
    assert standby.sign_from == late + timedelta(hours=48)


def test_rotating_at_once_lets_the_standby_sign_and_retires_the_signer():
    """`--now`: the standby signs, its predecessor verifies on, another stands by."""
    now = NOW + 10 * DAY
    keys = named(planning.rotate_now(due((), at()), at(now)))
    assert states(keys, now) == [State.RETIRED, State.ACTIVE, State.STANDBY]
    assert keys[1].sign_from == now
    assert keys[2].sign_from == now + 90 * DAY


def test_rotating_an_empty_ring_at_once_only_starts_it():
    """There is nothing to rotate away from."""
    assert states(named(planning.rotate_now((), at())), NOW) == [State.ACTIVE, State.STANDBY]


def test_rotating_at_once_skips_a_standby_that_cannot_be_opened():
    """The way back from a lost sealing key: a new key signs at once."""
    keys = tuple(replace(key, fault="damaged") for key in due((), at()))
    now = NOW + DAY
    after = named(planning.rotate_now(keys, at(now)))
    signer = planning.signer(after, now)
    assert signer is not None
    assert not signer.fault
    assert signer.sign_from == now
    assert [key.fault for key in after if key.state(now) is State.STANDBY] == [""]


def test_a_lost_sealing_key_alone_generates_nothing():
    """No key is made because another could not be opened."""
    keys = tuple(replace(key, fault="damaged") for key in due((), at()))
    assert planning.rotate(keys, at(NOW + DAY)) == keys


def test_revoking_the_signer_lets_the_standby_take_over_at_once():
    """One plan: the key is revoked, the standby takes over, and another stands by."""
    keys = due((), at())
    now = NOW + 5 * DAY
    after = named(planning.revoke(keys, at(now), {keys[0].kid}, "leaked"))
    assert states(after, now) == [State.REVOKED, State.ACTIVE, State.STANDBY]
    assert after[1].kid == keys[1].kid
    assert not after[0].private
    assert after[0].reason == "leaked"


def test_revoking_the_standby_reopens_its_predecessor():
    """The signer goes on until the new standby has been published for long enough."""
    keys = due((), at())
    now = NOW + 89 * DAY
    after = named(planning.revoke(keys, at(now), {keys[1].kid}, "leaked"))
    signer, standby = planning.signer(after, now), planning.next_key(after, now)
    assert signer is not None
    assert standby is not None
    assert signer.kid == keys[0].kid
    assert signer.sign_until == standby.sign_from == now + timedelta(hours=48)


def test_another_algorithm_in_the_settings_is_published_before_it_signs():
    """The unwanted standby never signs; the signer goes on until consumers know the new key."""
    keys = due((), at())
    now = NOW + DAY
    with override_settings(JWTKIT={"ALGORITHM": "RS256"}):
        after = due(keys, at(now, algorithm_changed=True))
    signer, standby = planning.signer(after, now), planning.next_key(after, now)
    assert signer is not None
    assert standby is not None
    assert (signer.algorithm, standby.algorithm) == ("ES256", "RS256")
    assert standby.sign_from == now + timedelta(hours=48)
    assert State.RETIRED in states(after, now)


def test_a_denied_kid_is_revoked_by_the_next_run():
    """DENY_KIDS holds in the rows too, so that the standby takes over."""
    keys = due((), at())
    after = due(keys, at(NOW + DAY, denied=frozenset({keys[0].kid})))
    assert states(after, NOW + DAY) == [State.REVOKED, State.ACTIVE, State.STANDBY]


SIGNER_LOST = {
    "tampered with": lambda key: [],  # such a row is in no plan
    "denied": lambda key: [key],
    "sealed under a key that is not here": lambda key: [replace(key, judged=False, fault="not here")],
}
each_loss = pytest.mark.parametrize("lose", SIGNER_LOST.values(), ids=SIGNER_LOST)


def without_signer(lose, now, **kwargs) -> tuple[Keys, Situation]:
    """Return a ring whose signer is of no use any more, and what a plan for it depends on."""
    first, second = due((), at())
    denied = frozenset({first.kid}) if lose(first) == [first] else frozenset[str]()
    return (*lose(first), second), at(now, denied=denied, **kwargs)


@each_loss
def test_rotating_at_once_keeps_the_only_good_key(lose):
    """It has been published for a day, so it signs; a new key in its place is known to nobody."""
    keys, situation = without_signer(lose, NOW + DAY)
    after = named(planning.rotate_now(keys, situation))
    signer, standby = planning.signer(after, situation.now), planning.next_key(after, situation.now)
    assert signer is not None
    assert standby is not None
    assert (signer.kid, signer.sign_from) == (keys[-1].kid, situation.now)
    assert standby.sign_from == situation.now + 90 * DAY
    assert State.RETIRED not in states(after, situation.now)


@pytest.mark.parametrize("lose", [SIGNER_LOST["tampered with"], SIGNER_LOST["denied"]])
def test_the_only_good_key_signs_until_another_algorithm_is_known(lose):
    """The settings ask for another algorithm, and consumers have to hear of its first key before."""
    keys, situation = without_signer(lose, NOW + DAY, algorithm_changed=True)
    with override_settings(JWTKIT={"ALGORITHM": "RS256"}):
        situation = replace(situation, policy=policy("access"))
        after = due(keys, situation)
    signer, standby = planning.signer(after, situation.now), planning.next_key(after, situation.now)
    assert signer is not None
    assert standby is not None
    assert (signer.kid, standby.algorithm) == (keys[-1].kid, "RS256")
    assert standby.sign_from == situation.now + timedelta(hours=48)


def test_private_parts_are_destroyed_when_no_process_can_sign_with_them():
    """C + CLOCK_SKEW after the last signature: two minutes by default."""
    keys = due((), at())
    change = NOW + 90 * DAY
    soon, late = change + timedelta(seconds=119), change + timedelta(seconds=120)
    assert due(keys, at(soon))[0].private
    assert not due(keys, at(late))[0].private


def test_a_symmetric_secret_is_kept_until_the_last_token_has_expired():
    """It verifies as well as it signs."""
    keys = tuple(replace(key, needs_private=True) for key in due((), at(ring="refresh")))
    change = NOW + 90 * DAY
    retired = due(keys, at(change + DAY, ring="refresh"))[0]
    assert retired.state(change + DAY) is State.RETIRED
    assert retired.private
    gone = change + timedelta(days=15)
    assert not due(keys, at(gone, ring="refresh"))[0].private


def test_a_generated_key_waits_at_the_end_of_the_line():
    """`generate_key`: the first signs at once, another stands by."""
    first = named(planning.add((), at(), planning.new_key(at())))
    assert states(first, NOW) == [State.ACTIVE, State.STANDBY]
    more = named(planning.add(first, at(), planning.new_key(at(), algorithm="RS256")))
    assert states(more, NOW) == [State.ACTIVE, State.STANDBY, State.STANDBY]
    assert more[2].algorithm == "RS256"
    assert more[1].sign_until == more[2].sign_from


@pytest.mark.threat("KEY-007", "KEY-008", "KEY-009")
@given(
    steps=st.lists(
        st.tuples(
            st.timedeltas(timedelta(0), timedelta(days=200)), st.sampled_from(["due", "now", "revoke", "add"])
        ),
        max_size=12,
    )
)
def test_after_any_changes_one_key_signs_and_the_windows_never_overlap(steps):
    """Random lives of a ring: one signer, one open end, a standby behind it, no gap and no overlap."""
    now, keys = NOW, due((), at())
    for wait, what in steps:
        now += wait
        situation = at(now)
        if what == "revoke":
            signer = planning.signer(keys, now)
            assert signer is not None
            keys = named(planning.revoke(keys, situation, {signer.kid}, "test"))
        elif what == "add":
            keys = named(planning.add(keys, situation, planning.new_key(situation)))
        else:
            keys = named((planning.rotate_now if what == "now" else planning.rotate)(keys, situation))
        line = [key for key in keys if key.state(now) in (State.ACTIVE, State.STANDBY)]
        assert [key.state(now) for key in line].count(State.ACTIVE) == 1
        assert planning.next_key(keys, now) is not None
        assert [key.sign_until is None for key in line] == [False] * (len(line) - 1) + [True]
        assert all(earlier.sign_until == later.sign_from for earlier, later in pairwise(line))
        assert (
            len([key for key in keys if key.sign_from and key.sign_until is None and not key.revoked_at]) == 1
        )
