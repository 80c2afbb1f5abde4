"""The sentence of an event is kept as facts too, from which each reader gets it in their own words."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.test import override_settings

from django_jwtkit import keys, moments
from django_jwtkit.jose import Key
from django_jwtkit.keys import KeyEvent, State, sealing
from django_jwtkit.keys.store import TEXTS, current_store, message_of, values_of
from tests.keys.rows import key_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NEW = {"SEALING_KEYS": [{"id": "2026", "key": "n" * 16 + "ew sealing key of the year 2026!"}]}


@pytest.fixture
def eventful():
    """Rings whose keys were made, imported, rotated, raised, sealed anew and revoked."""
    now = moments.now()
    for ring in ("access", "encryption"):
        keys.rotate(ring, at_once=True, force=True)
        keys.rotate(ring, now=now + 200 * DAY)
    keys.import_key("access", Key.generate("ES256", kid="from-afar"))
    public = Key.generate("ES256", kid="verifies").public()
    keys.import_key("access", public, verify_until=now + 400 * DAY)
    keys.signing_key("refresh", now=now, lifetime=900 * DAY)
    with override_settings(JWTKIT={"ACCESS_TOKEN_LIFETIME": timedelta(hours=2)}):
        keys.rotate("kinds")
        keys.rotate("access")
    keys.revoke(key_in(State.STANDBY, "refresh").kid, reason="lost {key.sealed} <b>")
    with override_settings(JWTKIT=NEW):
        list(keys.reseal())


def test_the_facts_of_each_event_say_what_its_sentence_says(eventful):
    """Word for word: no event has two stories."""
    events = list(KeyEvent.objects.all())
    assert {event.action for event in events} >= {
        *("made", "imported", "moved", "raised", "destroyed", "archived", "revoked", "resealed", "vouched")
    }
    for event in events:
        assert str(message_of(event)) == event.detail, event.facts


def test_two_sentences_never_share_a_text():
    """A text is looked up under one name."""
    assert len(set(TEXTS.values())) == len(TEXTS)


def test_programs_get_the_turn_and_the_reason(eventful, capsys):
    """`list_keys --events --json` has them as members of their own, in ISO 8601 and UTC."""
    call_command("list_keys", "--events", "--json")
    events = json.loads(capsys.readouterr().out)["events"]
    revoked = next(event for event in events if event["action"] == "revoked")
    assert (revoked["from"], revoked["to"], revoked["reason"]) == (None, None, "lost {key.sealed} <b>")
    for event in events:
        if event["action"] == "made":
            assert event["at"] <= event["from"] < (event["to"] or "no end")


TIME = "2026-11-28T14:42:00+00:00"
ODD = {
    "none, as in an old row": {},
    "a list": ["signing.moved"],
    "a text": "signing.moved",
    "null": None,
    "an unknown sentence": {"sentence": "later", "from": TIME},
    "a template": {"sentence": "{key.__class__.__mro__}"},
    "a name of no text": {"sentence": ["revoked"], "reason": "x"},
    "a missing value": {"sentence": "revoked"},
    "a number for a text": {"sentence": "revoked", "reason": 7},
    "a text for a time": {"sentence": "signing.moved", "from": "noon", "to": TIME},
    "a number for a time": {"sentence": "signing.moved", "from": 7, "to": TIME},
    "a time before time": {"sentence": "signing.moved", "from": "0001-01-01T00:00:00+00:00", "to": TIME},
    "a time after time": {"sentence": "signing.moved", "from": TIME, "to": "9999-12-31T23:59:59-12:00"},
    "a text for a duration": {"sentence": "requested", "lifetime": "long"},
    "an endless duration": {"sentence": "requested", "lifetime": 1e300},
}


@pytest.mark.parametrize("facts", ODD.values(), ids=ODD)
def test_facts_that_make_no_sentence_leave_the_stored_one(facts, admin_client):
    """The database might not be ours alone: no template of its own is formatted, and no page fails."""
    detail = "Key k signs from 2026-11-28 14:42 UTC until <b>."
    event = KeyEvent(ring_id="access", kid="k", action="odd", detail=detail, facts=facts)
    if facts is not None:
        event.save()
        page = admin_client.get(f"/admin/jwtkit/keyevent/{event.pk}/change/").content.decode()
        assert "until &lt;b&gt;." in page
        assert "signs from <time" in page
    assert message_of(event) is None
    assert str not in {type(value) for name, value in values_of(event).items() if name in {"start", "end"}}


def test_a_forged_fact_is_no_proof_of_a_revocation():
    """A key is revoked by the action of an event, and so it stays whatever the facts say."""
    kid = key_in(State.ACTIVE).kid
    keys.revoke(kid, reason="leaked")
    event = KeyEvent.objects.get(kid=kid, action="revoked")
    KeyEvent.objects.create(ring_id="access", kid=kid, action="moved", facts={"sentence": "signing.starts"})
    assert event.facts == {"sentence": "revoked", "reason": "leaked"}
    assert kid in sealing.judge_at(current_store().ring("access")).evidence.revoked
