"""`simulate_rotation`: what a year of these settings would be like."""

import pytest


def test_sound_settings_reject_nothing(run):
    """The default year: mishaps, and no token the worse for them."""
    done = run("simulate_rotation")
    assert done.code == 0
    assert "Rejected: 0" in done.out
    assert "Every promise was kept" in done.out
    assert "key-1" in done.out.splitlines()[-8]


def test_a_key_that_is_published_too_late_is_rejected_by_consumers(run):
    """Three quarters of the time that is needed: exit 1, the share, and the rule that was broken first."""
    done = run("simulate_rotation", "--set", "PUBLISH_BEFORE=18h")
    assert done.code == 1
    assert "had not heard of the key yet" in done.out
    assert "PUBLISH_BEFORE >=" in done.out
    assert "good tokens rejected" in done.err


def test_it_says_the_same_to_programs(run):
    """One object: counts, promises, the first broken one."""
    data = run("simulate_rotation", "--set", "PUBLISH_BEFORE=18h", "--json").data
    assert data["rejected"] > 100
    assert 0.1 < data["worst_share"] < 0.4
    assert data["first_broken"]["kept"] < data["first_broken"]["needed"]
    assert run("simulate_rotation", "--days", "30", "--json").data["first_broken"] is None


def test_a_turn_that_is_too_short_is_told(run):
    """Rule 2 breaks without one rejected token."""
    done = run("simulate_rotation", "--set", "ROTATE_EVERY=2d", "--days", "60")
    assert done.code == 0
    assert "ROTATE_EVERY >= PUBLISH_BEFORE + ROTATION_INTERVAL" in done.out


@pytest.mark.parametrize("ring", ["refresh", "kinds", "encryption"])
def test_every_ring_has_a_year(run, ring):
    """Also those that nobody else reads."""
    assert "Rejected: 0" in run("simulate_rotation", "--ring", ring, "--days", "200").out


@pytest.mark.parametrize(
    "args",
    [
        ("--set", "ROTATE_EVRY=30d"),
        ("--set", "ROTATE_EVERY"),
        ("--set", "ROTATE_EVERY=soon"),
        ("--set", f"ROTATE_EVERY={'9' * 30}d"),
        ("--set", "KEY_RINGS={}"),
        ("--days", "0"),
        ("--ring", "nobody"),
    ],
)
def test_what_cannot_be_meant_is_usage(run, args):
    """One line with the mend, exit 2."""
    done = run("simulate_rotation", *args)
    assert done.code == 2
    assert "Traceback" not in done.err
