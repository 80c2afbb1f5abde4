"""`rotate_keys`: idempotent, all rings, refused where it is unsafe."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection

from django_jwtkit import keys, moments
from django_jwtkit.keys import KeyEvent, Ring, State, StoredKey
from django_jwtkit.keys.changing import execution

pytestmark = pytest.mark.django_db
TWO_DAYS_AND_MORE = timedelta(days=3)


def test_nothing_due_is_exit_0_and_says_what_comes_next(run, a_key):
    """A cron job that has nothing to do is no failure."""
    run("rotate_keys")  # another test may have made a kind of token that lives longer
    done = run("rotate_keys")
    assert done.code == 0
    assert done.out.count("Nothing is due.") == 4
    assert f"then key {a_key(state=State.STANDBY).kid[:12]} takes over by itself" in done.out


def test_json_is_one_object_with_a_ring_each(run):
    """Programs read stdout whole."""
    done = run("rotate_keys", "--json")
    assert [ring["ring"] for ring in done.data["rings"]] == ["access", "refresh", "kinds", "encryption"]
    assert done.data["errors"] == {}
    assert done.err == ""


def test_now_is_refused_while_consumers_may_not_know_the_next_key(run, a_key):
    """Exit 3, with the time from which it is safe and the command that insists; nothing is done."""
    before = a_key().kid
    done = run("rotate_keys", "--ring", "access", "--now")
    assert done.code == 3
    safe = a_key(state=State.STANDBY).published_at + timedelta(days=1, minutes=7)
    assert safe.strftime("%Y-%m-%dT%H:%M:%SZ") in done.err
    assert "python manage.py rotate_keys --ring access --now --force" in done.err
    assert a_key().kid == before


def test_a_refusal_in_json_names_the_time(run):
    """A script can sleep until then."""
    done = run("rotate_keys", "--now", "--json")
    assert done.data["error"]["code"] == "unsafe_rotation"
    assert done.data["error"]["safe_from"].endswith("Z")


def test_now_for_all_rings_is_all_or_nothing(run, a_key):
    """Where one ring must not be hastened, none is."""
    StoredKey.objects.exclude(ring_id="access").update(published_at=moments.now() - timedelta(days=9))
    before = a_key("refresh").kid
    assert run("rotate_keys", "--now").code == 3
    assert a_key("refresh").kid == before


@pytest.mark.parametrize("harm", ["tampered", "denied"])
def test_now_keeps_the_standby_that_takes_the_signers_place(harm, run, a_key, settings):
    """The next key signs from now on: it is not skipped for one that no consumer has seen."""
    signer, standby = a_key(), a_key(state=State.STANDBY)
    if harm == "denied":
        settings.JWTKIT = {**settings.JWTKIT, "DENY_KIDS": [signer.kid]}
    else:
        StoredKey.objects.filter(pk=signer.pk).update(sign_until=moments.now() + timedelta(days=1500))
    keys.forget()
    done = run("rotate_keys", "--ring", "access", "--now", "--force")
    assert f"Key {standby.kid[:12]} signs from now on" in done.out
    assert "never signs" not in done.out
    assert keys.signing_key("access", now=keys.now(), lifetime=timedelta(minutes=1)).kid == standby.kid


def test_now_is_done_once_everybody_knows_the_next_key(run, a_key, later):
    """After the publication has come round the standby signs at once."""
    heir = a_key(state=State.STANDBY).kid
    with later(TWO_DAYS_AND_MORE):
        done = run("rotate_keys", "--ring", "access", "--now")
        assert a_key().kid == heir
    assert done.code == 0


def test_force_rotates_anyway(run, a_key):
    """An emergency is the operator's to judge."""
    heir = a_key(state=State.STANDBY).kid
    assert run("rotate_keys", "--ring", "access", "--now", "--force").code == 0
    assert a_key().kid == heir


def test_force_alone_is_a_usage_error(run):
    """--force without --now means nothing, so it is not guessed."""
    assert run("rotate_keys", "--force").code == 2


def test_the_dry_run_shows_the_plan_and_does_nothing(run, a_key, later):
    """The same plan, no row touched."""
    with later(timedelta(days=91)):
        before = StoredKey.objects.count()
        done = run("rotate_keys", "--ring", "access", "--dry-run")
        assert StoredKey.objects.count() == before
    assert "A new ES256 key is made" in done.out
    assert "Nothing was done" in done.out


def test_what_was_done_is_in_the_history_with_the_operator(run, later, monkeypatch):
    """Who, and from which source."""
    monkeypatch.setattr("getpass.getuser", lambda: "olga")
    with later(timedelta(days=91)):
        run("rotate_keys")
    event = KeyEvent.objects.filter(action="made", ring_id="access").first()
    assert (event.who, event.source) == ("olga", "command")


def test_the_operator_may_be_nobody(run, later, monkeypatch):
    """In a container without a passwd entry `getpass.getuser` raises."""

    def nobody():
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr("getpass.getuser", nobody)
    with later(timedelta(days=91)):
        assert run("rotate_keys").code == 0


def test_an_unknown_ring_is_usage(run):
    """The rings stand in the settings: exit 2, with their names."""
    done = run("rotate_keys", "--ring", "acess")
    assert done.code == 2
    assert "access, refresh, kinds, encryption" in done.err


def test_one_lost_ring_does_not_stop_the_others(run, settings):
    """The other rings rotate; the exit code and stderr report the one that does not."""
    StoredKey.objects.all().delete()
    settings.JWTKIT = {"KEY_RINGS": {"broken": {"ALGORITHM": "nonsense"}}}
    done = run("rotate_keys", "--json")
    assert done.code == 1
    assert list(done.data["errors"]) == ["broken"]
    assert StoredKey.objects.filter(ring_id="access").count() == 2


def test_a_second_process_reports_that_the_first_has_rotated(run, later, monkeypatch):
    """Five hosts run the job at once: four have nothing to do, and exit 0."""
    monkeypatch.setattr(execution, "PATIENCE", 0.1)  # the other one wins each time

    def overtaken(execute, sql, *more):
        answer = execute(sql, *more)
        if sql.startswith("SELECT") and "generation" in sql:
            Ring.objects.filter(pk="access").update(generation=uuid.uuid4())
        return answer

    with later(timedelta(days=91)), connection.execute_wrapper(overtaken):
        done = run("rotate_keys", "--ring", "access")
    assert done.code == 0
    assert "Another process has already rotated this ring." in done.out
