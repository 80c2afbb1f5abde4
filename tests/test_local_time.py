"""A project with USE_TZ = False in Berlin: all of it works, also while an hour comes for the second time."""

import io
import json
import re
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from django_jwtkit import keys, moments, sessions, tokens
from django_jwtkit.errors import TokenError
from django_jwtkit.jose import Key
from django_jwtkit.keys import KeyEvent, State, StoredKey
from django_jwtkit.sessions import Session
from tests.keys.rows import key_in

PASSWORD = "correct horse battery staple"
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
BACK = datetime(2026, 10, 25, 1, tzinfo=UTC)  # then 3:00 becomes 2:00
FORTH = datetime(2027, 3, 28, 1, tzinfo=UTC)  # then 2:00 becomes 3:00
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@pytest.fixture(autouse=True)
def berlin(settings):
    settings.USE_TZ, settings.TIME_ZONE = False, "Europe/Berlin"


@pytest.fixture
def alice(db):
    return get_user_model().objects.create_superuser("alice", password=PASSWORD)


def local(moment: datetime) -> datetime:
    """What Django's clock says there: naive, and marked where an hour comes for the second time."""
    return moment.astimezone(timezone.get_default_timezone()).replace(tzinfo=None)


def clock(moment: datetime):
    return mock.patch("django.utils.timezone.now", side_effect=lambda: local(moment))


def run(name: str, *args: str) -> str:
    out = io.StringIO()
    call_command(name, *args, stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.mark.threat("ZON-001")
@pytest.mark.parametrize("change", [BACK, FORTH], ids=["back", "forth"])
def test_no_login_fails_in_the_night_when_the_clock_changes(alice, change):
    """A login each twenty minutes, and a session that goes on all the while."""
    client, refresh = Client(), None
    for step in range(-6, 7):
        with clock(change + step * 20 * MINUTE):
            keys.rotate("access")
            login = client.post("/api/token/", {"username": "alice", "password": PASSWORD})
            assert login.status_code == 200
            bearer = {"Authorization": f"Bearer {login.json()['access']}"}
            assert client.get("/api/sessions/", headers=bearer).status_code == 200
            if refresh is not None:
                again = client.post("/api/token/refresh/", {"refresh": refresh})
                assert again.status_code == 200
            refresh = login.json()["refresh"]


@pytest.mark.threat("ZON-002")
@pytest.mark.parametrize("change", [BACK, FORTH], ids=["back", "forth"])
def test_a_retry_across_the_change_is_within_the_grace(alice, change):
    """Four seconds pass, whatever the clock on the wall shows."""
    start, later = change - 2 * SECOND, change + 2 * SECOND
    pair = sessions.start(alice, now=local(start - MINUTE))
    first = sessions.refresh(pair.refresh, now=local(start))
    retry = sessions.refresh(pair.refresh, now=local(later))
    assert (
        tokens.verify(retry.access, now=local(later))["sid"] == tokens.verify(first.access, now=start)["sid"]
    )


def test_what_ends_within_the_hour_ends_once(alice):
    """The hour after the change is no second chance for a session or a token."""
    begun = BACK - 30 * MINUTE
    pair = sessions.start(alice, lifetime=20 * MINUTE, now=local(begun))
    assert Session.objects.get().ends_by == begun + 20 * MINUTE
    with pytest.raises(TokenError):
        sessions.refresh(pair.refresh, now=local(begun + HOUR))


def test_a_changeover_within_the_hour_happens_once(db):
    """The key that takes over at 2:30, the second one, does not sign at the first."""
    keys.rotate("access", now=BACK - 90 * timedelta(days=1))
    turn = BACK + 30 * MINUTE
    StoredKey.objects.filter(ring_id="access", open_slot=None).update(sign_until=turn)
    StoredKey.objects.filter(ring_id="access", open_slot=1).update(sign_from=turn)
    standby = StoredKey.objects.get(ring_id="access", open_slot=1)
    assert standby.sign_from == turn
    assert [standby.state(local(turn + step)) for step in (-HOUR, -SECOND, SECOND)] == [
        State.STANDBY,
        State.STANDBY,
        State.ACTIVE,
    ]


def test_sessions_are_told_in_utc(alice):
    client = Client()
    pair = client.post("/api/token/", {"username": "alice", "password": PASSWORD}).json()
    (session,) = client.get("/api/sessions/", headers={"Authorization": f"Bearer {pair['access']}"}).json()
    for name in ("created_at", "last_used_at", "expires_at"):
        assert ISO.fullmatch(session[name])
        assert datetime.fromisoformat(session[name]) == getattr(Session.objects.get(), name)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "command",
    [
        ("rotate_keys",),
        ("rotate_keys", "--ring", "access", "--now", "--force"),
        ("generate_key", "--ring", "kinds"),
        ("list_keys", "--events"),
        ("keys_status",),
        ("simulate_rotation", "--days", "30", "--ring", "access"),
    ],
    ids=lambda command: command[0],
)
def test_every_command_tells_times_in_utc(command):
    before = moments.now()
    run(*command)
    data = run(*command, "--json")
    times = re.findall(r'"(\d{4}-\d\d-\d\dT[^"]*)"', data)
    assert times
    assert all(ISO.fullmatch(time) for time in times)
    times = [
        datetime.fromisoformat(ring["now"]) for ring in json.loads(data).get("rings", []) if "now" in ring
    ]
    assert all(abs(now - before) < MINUTE for now in times)


@pytest.mark.threat("ZON-003")
@pytest.mark.django_db
def test_the_history_is_told_in_utc():
    """By the row and by its words, which nobody can correct later."""
    plan = keys.rotate("access", at_once=True, force=True, now=moments.now() + HOUR)
    signs = next(key for key in plan.after if key.state(plan.now) is State.ACTIVE)
    event = KeyEvent.objects.filter(kid=signs.kid, action="moved").latest("at")
    assert f"until {signs.sign_until:%Y-%m-%d %H:%M} UTC" in event.detail
    assert event.at == plan.now
    assert f"{plan.now:%Y-%m-%d %H:%M}" in run("list_keys", "--ring", "access", "--events")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("until", "end"),
    [
        ("2037-07-01T12:00", datetime(2037, 7, 1, 12, tzinfo=UTC)),
        ("2037-07-01T12:00+02:00", datetime(2037, 7, 1, 10, tzinfo=UTC)),
        ("2037-07-01", datetime(2037, 7, 2, tzinfo=UTC)),
    ],
)
def test_until_is_utc_and_a_day_ends_at_midnight(tmp_path, until, end):
    file = tmp_path / "old.pem"
    file.write_text(Key.generate("RS256").public().to_pem().decode())
    args = ("--ring", "access", "--algorithm", "RS256", "--verify-only", "--until", until, str(file))
    kid = json.loads(run("import_key", *args, "--json"))["kid"]
    assert abs(StoredKey.objects.get(kid=kid).verify_until - end) < SECOND


def test_a_revocation_holds_at_once(alice):
    pair = sessions.start(alice)
    kid = key_in(State.ACTIVE).kid
    run("revoke_key", kid, "--reason", "leaked", "--noinput")
    keys.forget()
    with pytest.raises(TokenError):
        tokens.verify(pair.access)


def test_every_page_of_the_admin_is_there(alice):
    client = Client()
    client.force_login(alice)
    sessions.start(alice)
    key, session = StoredKey.objects.first(), Session.objects.first()
    event = KeyEvent.objects.first()
    for page in (
        "storedkey/",
        f"storedkey/{key.pk}/change/",
        f"storedkey/{key.pk}/revoke/",
        "storedkey/rotate/access/",
        "storedkey/?state=active",
        "session/",
        f"session/{session.pk}/change/",
        "session/?state=live",
        "keyevent/",
        f"keyevent/{event.pk}/change/",
    ):
        answer = client.get(f"/admin/jwtkit/{page}")
        assert answer.status_code == 200, page


def test_the_admin_shows_the_readers_time(alice):
    """Local time, and the exact moment with its zone on pointing at it."""
    client = Client()
    client.force_login(alice)
    sessions.start(alice, now=datetime(2026, 7, 1, 22, 30, tzinfo=UTC), lifetime=3650 * 24 * HOUR)
    page = client.get(f"/admin/jwtkit/session/{Session.objects.get().pk}/change/").content.decode()
    assert "2026-07-02 00:30:00 CEST" in page


def test_a_naive_moment_of_a_caller_is_local_time(alice):
    noon = datetime(2026, 7, 1, 12)  # noqa: DTZ001
    sessions.start(alice, now=noon)
    assert Session.objects.get().created_at == datetime(2026, 7, 1, 10, tzinfo=UTC)
    token = tokens.issue(alice, now=noon)
    assert tokens.verify(token, now=noon)["iat"] == datetime(2026, 7, 1, 10, tzinfo=UTC).timestamp()
