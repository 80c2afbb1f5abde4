"""`keys_status`: the truth in ten seconds, for people and for programs."""

import re

import pytest

from django_jwtkit.keys import State, StoredKey
from tests.support import unhealthy

pytestmark = pytest.mark.django_db


def test_json_has_the_promised_members(run, a_key):
    """Exactly these: a program reads them by name."""
    unhealthy.make(unhealthy.all_is_well, None)
    done = run("keys_status", "--json")
    assert done.code == 0
    assert list(done.data) == ["ok", "rings", "last_run", "sealing"]
    assert [ring["ring"] for ring in done.data["rings"]] == ["access", "refresh", "kinds", "encryption"]
    access = done.data["rings"][0]
    assert list(access) == ["ring", "signer", "next", "next_at", "faults", "last_run"]
    assert access["signer"] == a_key().kid
    assert access["next"] == a_key(state=State.STANDBY).kid
    assert access["next_at"].endswith("Z")
    assert access["faults"] == []
    assert done.data["ok"] is True
    assert done.data["last_run"] == min(ring["last_run"] for ring in done.data["rings"])
    assert done.data["sealing"]["keys"] == StoredKey.objects.count()
    assert done.data["sealing"]["missing"] == 0


def test_before_the_first_run_of_the_job_there_is_no_last_run(run):
    """Null, in each ring and in all; a database that was migrated today is healthy anyway."""
    data = run("keys_status", "--json").data
    assert data["ok"]
    assert data["last_run"] is None
    assert {ring["last_run"] for ring in data["rings"]} == {None}


def test_people_read_the_verdict_first(run, a_key):
    """Then the job, the sealing keys, and a line a ring; in 80 columns."""
    lines = run("keys_status", columns=80).out.splitlines()
    assert lines[0] == "All is in order. Next change: access in 89 days."
    assert max(map(len, lines)) <= 80
    assert any(line.startswith(f"access: {a_key().kid[:12]} signs since ") for line in lines)
    assert "encrypts since" in next(line for line in lines if line.startswith("encryption: "))


@pytest.mark.parametrize("state", unhealthy.STATES, ids=lambda state: state.__name__)
def test_what_is_wrong_comes_first_with_its_remedy(state, run, settings):
    """Exit 1, whatever it is; one fault is not told once a key; 80 columns are enough."""
    unhealthy.make(state, settings)
    fault, remedy = unhealthy.STATES[state]
    done = run("keys_status")
    assert done.code == 1
    first, second = done.out.splitlines()[:2]
    assert first.startswith("WRONG: ")
    assert fault in first
    assert remedy in second
    assert done.out.count("WRONG: ") <= 2
    narrow = [line for line in run("keys_status", columns=80).out.splitlines() if "manage.py" not in line]
    assert max(map(len, narrow)) <= 80
    data = run("keys_status", "--json").data
    assert not data["ok"]
    assert any(ring["faults"] for ring in data["rings"])
    assert bool(data["sealing"]["missing"]) is ("can't be opened" in fault)


def test_each_ring_with_the_same_fault_is_named(run, settings):
    """In a line of 80 columns; the remedy that is the same for all stands there once."""
    unhealthy.make(unhealthy.overdue_job, settings)
    out = run("keys_status", columns=80).out
    assert out.startswith("WRONG: Ring access: rotate_keys last ran 7 days ago")
    for ring in ("refresh", "kinds", "encryption"):
        line = rf"^  The same in ring {ring}: last ran 7 days ago, at [\d :-]+ UTC\.$"
        assert re.search(line, out, re.MULTILINE)
    assert out.count("let cron run it") == 1
    assert "--json" not in out


def test_a_remedy_of_its_own_stands_beside_each_fault(run, settings):
    """No ring is repaired by the command for another."""
    settings.JWTKIT = {"KEY_RINGS": {"invoices": {}, "partners": {}}}
    lines = run("keys_status", columns=200).out.splitlines()
    assert lines[0].startswith("WRONG: Ring invoices has no key that signs")
    assert lines[1].endswith("rotate_keys --ring invoices")
    assert lines[2] == "  The same in ring partners. Run: python manage.py rotate_keys --ring partners"


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_not_migrated_gets_the_usual_answer(run, take_away):
    """The command to paste, and one object with --json."""
    take_away(StoredKey)
    done = run("keys_status", "--json")
    assert done.code == 1
    assert "python manage.py migrate" in done.err
    assert list(done.data) == ["error"]
