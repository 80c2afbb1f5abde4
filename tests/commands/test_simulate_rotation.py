"""`simulate_rotation`: what a year of these settings would be like."""

import time

import pytest

D = 60 + 300 + 24 * 3600


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
    assert "valid tokens rejected" in done.err


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
        ("--set", "ALGORITHM=ES255"),
        ("--set", "CLOCK_SKEW=9m"),
        ("--days", "0"),
        ("--ring", "nobody"),
    ],
)
def test_what_cannot_be_meant_is_usage(run, args):
    """One line with the remedy, exit 2."""
    done = run("simulate_rotation", *args)
    assert done.code == 2
    assert "Traceback" not in done.err


def test_the_busiest_year_ends_in_seconds(run):
    """A turn an hour: archived keys cost nothing more."""
    began = time.perf_counter()
    args = ("--set", "ROTATE_EVERY=1h", "--set", "ROTATION_INTERVAL=0s")
    data = run("simulate_rotation", *args, "--set", "PUBLISH_BEFORE=0s", "--json").data
    assert len(data["changeovers"]) > 8_000
    assert time.perf_counter() - began < 60


def test_the_mishaps_are_told_in_their_order(run):
    """As one would live through them."""
    times = [line[2:18] for line in run("simulate_rotation").out.splitlines()[1:5]]
    assert times == sorted(times)


def test_the_year_is_the_same_for_the_same_seed(run):
    """So that a setting can be compared with another; another seed has other mishaps."""
    first, again, other = (
        run("simulate_rotation", "--days", "120", "--seed", seed, "--json").data for seed in ("1", "1", "2")
    )
    assert first == again
    assert first["outages"] != other["outages"]


@pytest.mark.parametrize("seed", range(3))
def test_three_quarters_of_the_time_are_too_short_and_all_of_it_is_enough(run, seed):
    """D = SIGNING_MAX_AGE + JWKS_MAX_AGE + CONSUMER_CACHE; PUBLISH_BEFORE needs D + CLOCK_SKEW."""
    short = ("--set", f"PUBLISH_BEFORE={int(0.75 * D)}s", "--seed", str(seed), "--json")
    enough = ("--set", f"PUBLISH_BEFORE={D + 60}s", "--seed", str(seed), "--json")
    assert 0.1 < run("simulate_rotation", *short).data["worst_share"] < 0.4
    assert run("simulate_rotation", *enough).data["rejected"] == 0
