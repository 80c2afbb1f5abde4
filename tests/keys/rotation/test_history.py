"""The history of keys is written with each change, names its author and source, and stays."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError
from django.test import override_settings

from django_jwtkit import keys, moments
from django_jwtkit.jose import Key
from django_jwtkit.keys import KeyEvent, Ring, State
from tests.keys.rows import key_in

pytestmark = pytest.mark.django_db

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
NEW = {"SEALING_KEYS": [{"id": "2026", "key": "n" * 16 + "ew sealing key of the year 2026!"}]}
CHANGES = {
    "save": lambda event: event.save(),
    "save some": lambda event: event.save(update_fields=["who"]),
    "save as if new": lambda event: event.save(force_insert=True),
    "delete": lambda event: event.delete(),
    "update": lambda event: KeyEvent.objects.filter(pk=event.pk).update(who="nobody"),
    "delete many": lambda _: KeyEvent.objects.all().delete(),
    "delete a key's": lambda event: KeyEvent.objects.filter(kid=event.kid).delete(),
    "update many": lambda event: KeyEvent.objects.bulk_update([event], ["who"]),
    "update or create": lambda event: KeyEvent.objects.update_or_create(
        pk=event.pk, defaults={"who": "nobody"}
    ),
    "overwrite": lambda event: KeyEvent.objects.bulk_create(
        [event], update_conflicts=True, unique_fields=["id"], update_fields=["who"]
    ),
    "by its ring": lambda event: event.ring.events.all().delete(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_entry_stays_as_it_was_written(change):
    """Every way in which Django changes or deletes rows is closed."""
    event = KeyEvent.objects.first()
    before = list(KeyEvent.objects.values())
    event.who = "nobody"
    with pytest.raises(TypeError, match="append-only"):
        change(event)
    assert list(KeyEvent.objects.values()) == before


@pytest.mark.django_db(transaction=True)
def test_a_new_row_does_not_overwrite_an_old_one():
    """`save` with a primary key in use inserts, and fails."""
    event = KeyEvent.objects.first()
    with pytest.raises(IntegrityError):
        KeyEvent(pk=event.pk, ring_id=event.ring_id, kid=event.kid, action="nothing").save()
    assert KeyEvent.objects.get(pk=event.pk).action == event.action


def new_events(since):
    return [
        (event.action, event.kid, event.who, event.source)
        for event in KeyEvent.objects.filter(pk__gt=since).order_by("pk")
    ]


def import_one(**author):
    keys.import_key("access", Key.generate("ES256", kid="from-afar"), **author)


DEEDS = {
    "made and moved": ({"made", "moved"}, lambda **author: keys.generate("access", **author)),
    "imported": ({"imported", "moved"}, import_one),
    "rotated": (
        {"made", "moved"},
        lambda **author: keys.rotate("access", at_once=True, force=True, **author),
    ),
    "retired": (
        {"made", "moved", "destroyed"},
        lambda **author: keys.rotate("access", now=key_in(State.ACTIVE).sign_until + 3 * MINUTE, **author),
    ),
    "archived": (
        {"made", "moved", "destroyed", "archived"},
        lambda **author: keys.rotate("access", now=moments.now() + 200 * DAY, **author),
    ),
    "revoked": (
        {"revoked", "moved", "made", "destroyed"},
        lambda **author: keys.revoke(key_in(State.ACTIVE).kid, reason="leaked", **author),
    ),
}


@pytest.mark.parametrize(("actions", "deed"), DEEDS.values(), ids=DEEDS)
def test_every_change_is_on_record(actions, deed):
    """The action, the key, the author and the source."""
    last = KeyEvent.objects.latest("pk").pk
    deed(by="olga", source="admin")
    entries = new_events(last)
    assert {action for action, *_ in entries} == actions
    assert {(who, source) for *_, who, source in entries} == {("olga", "admin")}


def test_a_longer_lifetime_in_the_settings_is_on_record():
    """The next run raises what the keys may promise."""
    last = KeyEvent.objects.latest("pk").pk
    with override_settings(JWTKIT={"ACCESS_TOKEN_LIFETIME": timedelta(hours=2)}):
        keys.rotate("access", by="olga", source="command")
    assert {(action, who) for action, _, who, _ in new_events(last)} == {("raised", "olga")}


def test_a_kid_that_is_denied_is_on_record_with_the_reason():
    """`DENY_KIDS`: the next run revokes it, and its author is the one of the run."""
    victim, last = key_in(State.ACTIVE).kid, KeyEvent.objects.latest("pk").pk
    with override_settings(JWTKIT={"DENY_KIDS": [victim]}):
        keys.rotate("access", by="olga", source="command")
    assert ("revoked", victim, "olga", "command") in new_events(last)
    assert "DENY_KIDS" in KeyEvent.objects.get(action="revoked").detail


def test_a_lifetime_that_a_token_raises_is_on_record():
    """Its source is the code that issues tokens."""
    signer, last = key_in(State.ACTIVE).kid, KeyEvent.objects.latest("pk").pk
    keys.signing_key("access", now=moments.now(), lifetime=timedelta(hours=3))
    assert new_events(last) == [("raised", signer, "", "code")]
    assert "up to 3 hours:" in KeyEvent.objects.latest("pk").detail


def test_resealing_is_on_record():
    """Each key has one entry; a second run has nothing to do and writes nothing."""
    last = KeyEvent.objects.latest("pk").pk
    with override_settings(JWTKIT=NEW):
        done = list(keys.reseal(by="olga", source="command"))
        assert list(keys.reseal(by="olga", source="command")) == []
    vouched = [("vouched", "", "olga", "command")] * Ring.objects.count()
    assert sorted(new_events(last)) == sorted(
        [("resealed", key.kid, "olga", "command") for key in done] + vouched
    )
    assert KeyEvent.objects.filter(action="resealed").latest("pk").detail.endswith("anew under 2026.")


def test_a_dry_run_of_resealing_is_not_on_record():
    """It changes nothing, so it writes nothing."""
    last = KeyEvent.objects.latest("pk").pk
    with override_settings(JWTKIT=NEW):
        assert len(list(keys.reseal(dry_run=True))) == 8
    assert new_events(last) == []


def test_the_author_of_a_migrations_keys_is_the_user_who_migrates(monkeypatch):
    """The source is the migration."""
    monkeypatch.setattr("getpass.getuser", lambda: "olga")
    with override_settings(JWTKIT={"KEY_RINGS": {"partner": {}}}):
        call_command("migrate", verbosity=0)
    events = KeyEvent.objects.filter(ring_id="partner")
    assert {(event.action, event.who, event.source) for event in events} == {("made", "olga", "migration")}
