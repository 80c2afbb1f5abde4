"""`reseal_keys` and `prune_sessions`."""

from datetime import timedelta
from functools import partial

import pytest

from django_jwtkit import moments, sessions, tokens
from django_jwtkit.keys import StoredKey, sealing

pytestmark = pytest.mark.django_db
ANOTHER = "another-secret-key-that-nobody-has-seen-9876543210-abcdefghij"


def test_resealing_frees_the_old_sealing_key(run, settings):
    """Afterwards the fallback may go."""
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], ANOTHER
    done = run("reseal_keys", "--json")
    newest = next(iter(sealing.sealing_keys()))
    assert len(done.data["resealed"]) == 8
    assert (
        {sealing.sealed_under(row) for row in StoredKey.objects.all()}
        == {newest}
        == {done.data["sealed_under"]}
    )


def test_the_dry_run_changes_nothing(run, settings):
    """It tries to open each key, and that is all."""
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], ANOTHER
    before = set(StoredKey.objects.values_list("sealed", flat=True))
    assert "8 keys would be sealed anew" in run("reseal_keys", "--dry-run").out
    assert set(StoredKey.objects.values_list("sealed", flat=True)) == before


def test_nothing_due_is_said(run):
    """Idempotent."""
    done = run("reseal_keys")
    assert done.code == 0
    assert "Nothing is due" in done.out


def test_a_lost_sealing_key_fails_and_names_the_way_back(run, settings):
    """Exit 1; the rest has been done."""
    settings.SECRET_KEY = ANOTHER
    done = run("reseal_keys", "--json")
    assert done.code == 1
    assert len(done.data["problems"]) == 8
    assert "rotate_keys" in done.err


def test_dead_sessions_are_forgotten(run, alice):
    """And the living stay."""
    dead, alive = sessions.start(alice), sessions.start(alice)
    sessions.Session.objects.filter(pk=_sid(dead)).update(expires_at=moments.now() - timedelta(days=2))
    assert run("prune_sessions", "--keep-days", "3", "--json").data == {"pruned": 0}
    assert "1 dead session deleted" in run("prune_sessions").out
    assert list(sessions.Session.objects.all()) == [sessions.Session.objects.get(pk=_sid(alive))]
    assert "Nothing is due" in run("prune_sessions").out


def test_pruning_tells_how_far_it_is_beside_the_answer(run, alice, monkeypatch):
    """A program reads one object; a person sees that it goes on."""
    monkeypatch.setattr(sessions, "prune", partial(sessions.prune, batch=2))
    for _ in range(3):
        sessions.start(alice)
    sessions.end_all(alice)
    done = run("prune_sessions", "--json")
    assert done.data == {"pruned": 3}
    assert done.err.splitlines() == ["2 sessions so far", "3 sessions so far"]


@pytest.mark.parametrize("days", ["-1", "99999999999"])
def test_senseless_days_are_usage(run, days):
    """No OverflowError from a date far away."""
    assert run("prune_sessions", f"--keep-days={days}").code == 2


def _sid(pair):
    return tokens.verify(pair.access)["sid"]


def test_a_long_resealing_tells_how_far_it_is(run, settings, monkeypatch):
    """On stderr, once for so many keys; the answer stays one object."""
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], ANOTHER
    monkeypatch.setattr("django_jwtkit.management.commands.reseal_keys.NOTE_EVERY", 3)
    done = run("reseal_keys", "--json")
    assert done.err.split("\n")[:2] == ["3 keys so far", "6 keys so far"]
    assert len(done.data["resealed"]) == 8
