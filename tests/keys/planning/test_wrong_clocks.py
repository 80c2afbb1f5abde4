"""A job whose clock is wrong takes no key out of service and takes no turn back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from django.core.management import call_command
from django.test import override_settings

from django_jwtkit import keys, moments
from django_jwtkit.keys import planning
from django_jwtkit.keys.planning import Keys, Situation, policy

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WRONG = [-HOUR, -3 * MINUTE, -MINUTE, MINUTE, 3 * MINUTE, HOUR]
_serial = count()


def at(now: datetime, ring: str = "access") -> Situation:
    return Situation(policy(ring), now)


def named(keys: Keys) -> Keys:
    return tuple(key if key.kid else replace(key, kid=f"k{next(_serial)}") for key in keys)


def due(keys: Keys, now: datetime) -> Keys:
    return named(planning.rotate(keys, at(now)))


def signs(keys: Keys, now: datetime) -> str:
    signer = planning.signer(keys, now)
    assert signer is not None
    assert signer.private
    return signer.kid


def fresh_install() -> Keys:
    """Two keys: one signs since `NOW`."""
    return due((), NOW)


def emergency() -> Keys:
    """The standby was an hour old when it had to take over, at `NOW`."""
    return named(planning.rotate_now(due((), NOW - HOUR), at(NOW)))


def revocation() -> Keys:
    """The signer was revoked at `NOW`, with a standby of an hour."""
    before = due((), NOW - HOUR)
    return named(planning.revoke(before, at(NOW), {before[0].kid}, "leaked"))


@pytest.mark.threat("CLK-001")
@pytest.mark.threat("KEY-007", "KEY-009")
@pytest.mark.parametrize("wrong", WRONG, ids=str)
@pytest.mark.parametrize("ring", [fresh_install, emergency, revocation], ids=lambda make: make.__name__)
def test_the_job_of_a_wrong_host_takes_no_key_out_of_service(ring, wrong):
    """An hour off in both directions, at the moment and a minute after."""
    for passed in (timedelta(0), MINUTE):
        keys, now = ring(), NOW + passed
        after = due(keys, now + wrong)
        assert signs(after, now) == signs(keys, now)
        assert signs(due(after, now), now) == signs(keys, now)
        assert planning.next_key(after, now) is not None


@pytest.mark.threat("CLK-002")
@pytest.mark.parametrize("late", [3 * HOUR, 2 * DAY, 30 * DAY], ids=str)
@pytest.mark.parametrize("ring", [emergency, revocation], ids=lambda make: make.__name__)
def test_no_turn_is_taken_back_however_late_the_host(ring, late):
    """A key that was made or revoked since a turn began shows that it has begun."""
    keys = ring()
    assert signs(due(keys, NOW - late), NOW) == signs(keys, NOW)


def test_a_longer_publication_still_delays_a_standby_that_is_far_from_its_turn():
    """`PUBLISH_BEFORE` is raised: consumers may cache for longer now."""
    keys, now = due((), NOW), NOW + 89 * DAY
    keys = named(planning.revoke(keys, at(now), {keys[1].kid}, "lost"))
    standby = planning.next_key(keys, now)
    assert standby is not None
    assert standby.sign_from == now + timedelta(hours=48)
    with override_settings(JWTKIT={"PUBLISH_BEFORE": timedelta(days=4)}):
        delayed = planning.next_key(due(keys, now), now)
    assert delayed is not None
    assert delayed.sign_from == now + timedelta(days=4)


def test_where_only_standbys_are_left_the_earliest_begins_at_once():
    """The signer was revoked in its row by hand: another signs anyway."""
    first, standby = due((), NOW)
    now = NOW + 5 * DAY
    keys = due((replace(first, revoked_at=now, reason="by hand"), standby), now)
    assert signs(keys, now) == standby.kid
    begun = next(key for key in keys if key.kid == standby.kid)
    assert begun.sign_from == now
    assert planning.next_key(keys, now) is not None


def test_a_standby_that_can_be_used_is_preferred():
    """The earliest can't be opened here, the next one can."""
    first, second = due((), NOW)
    third = replace(second, kid="third", sign_from=NOW + 200 * DAY, sign_until=None)
    damaged = replace(second, fault="damaged", sign_until=third.sign_from)
    keys = due((replace(first, revoked_at=NOW, reason="by hand"), damaged, third), NOW)
    assert signs(keys, NOW) == "third"


def test_a_key_that_was_destroyed_too_early_is_replaced():
    """The database's clock was an hour ahead when the job ran, and was then set right."""
    keys = due((), NOW)
    change = NOW + 90 * DAY
    keys = due(keys, change + HOUR)
    assert not keys[0].private
    now = change - 30 * MINUTE
    assert signs(due(keys, now), now) == keys[1].kid


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_the_users_of_a_fresh_installation_log_in_after_a_wrong_host_has_rotated(wrong, django_user_model):
    """On the database: before, after, and after a job whose clock is right."""
    from django_jwtkit import tokens

    alice = django_user_model.objects.create_user("alice")
    for now in (moments.now() + wrong, moments.now()):
        keys.rotate("access", now=now)
        assert tokens.verify(tokens.issue(alice))["sub"] == str(alice.pk)


@pytest.mark.django_db
def test_a_message_never_names_the_command_that_has_just_run(capsys):
    """Where no key can sign after `rotate_keys`, it names the command that shows why."""
    from django_jwtkit.management.reports.plans import describe_plan

    plan = replace(keys.preview("access"), after=(), before=())
    text = "\n".join(describe_plan(plan, by_rotation=True))
    assert "no key signs" in text
    assert "rotate_keys" not in text
    call_command("rotate_keys", "--ring", "access")
    assert "Run:" not in capsys.readouterr().out
