"""`revoke_key`: asks, tells what it means, and is final."""

import pytest
from django.test import override_settings

from django_jwtkit import keys, sessions
from django_jwtkit.errors import TokenError
from django_jwtkit.jose import Key
from django_jwtkit.keys import State, StoredKey, sealing
from tests.commands.conftest import Stdin

pytestmark = pytest.mark.django_db


def test_a_revoked_signer_is_followed_by_its_standby(run, a_key):
    """Exit 0, and stdout says who signs now."""
    kid, heir = a_key().kid, a_key(state=State.STANDBY).kid
    done = run("revoke_key", kid, "--reason", "leaked", "--noinput")
    assert done.code == 0
    assert StoredKey.objects.get(kid=kid).state() is State.REVOKED
    assert a_key().kid == heir
    assert f"Next: key {heir[:12]}" in done.out
    assert "Consumers that expire their cache may accept its tokens until" in done.out


def test_a_unique_beginning_is_enough(run, a_key):
    """Nobody types 43 characters."""
    kid = a_key().kid
    assert run("revoke_key", kid[:10], "--reason", "x", "--noinput", "--json").data["revoked"] == [kid]


def test_a_typo_is_answered_with_the_nearest(run, a_key):
    """One wrong letter is no reason to search."""
    kid = a_key().kid
    wrong = kid[:20] + ("x" if kid[20] != "x" else "y") + kid[21:]
    done = run("revoke_key", wrong, "--reason", "x", "--noinput")
    assert done.code == 1
    assert kid in done.err


def test_a_terminal_is_asked(run, a_key):
    """Yes is yes."""
    kid = a_key().kid
    done = run("revoke_key", kid, "--reason", "x", typed="y\n")
    assert done.code == 0
    assert "[y/N]" in done.err
    assert StoredKey.objects.get(kid=kid).revoked_at


@pytest.mark.parametrize("answer", ["n\n", "\n", "", "maybe\n"])
def test_anything_but_yes_is_no(run, a_key, answer):
    """Nothing is done, and the exit code says so."""
    done = run("revoke_key", a_key().kid, "--reason", "x", typed=answer)
    assert done.code == 1
    assert "Nothing was done" in done.err
    assert not StoredKey.objects.exclude(revoked_at=None).exists()


def test_without_a_terminal_it_needs_noinput(run, a_key):
    """A job that hangs on a question would be worse."""
    done = run("revoke_key", a_key().kid, "--reason", "x")
    assert done.code == 2
    assert "--noinput" in done.err


def test_the_question_does_not_spoil_the_json(run, a_key):
    """With --json the question and what it explains go to stderr."""
    done = run("revoke_key", a_key().kid, "--reason", "x", "--json", typed="y\n")
    assert done.data["dry_run"] is False
    assert "Takeover" in done.err


@pytest.mark.parametrize("reason", ["", "   "])
def test_an_empty_reason_is_no_reason(run, a_key, reason):
    """The history has to say why."""
    assert run("revoke_key", a_key().kid, "--reason", reason, "--noinput").code == 2


def test_the_dry_run_says_what_would_happen_and_does_nothing(run, a_key):
    """Takeover, how long it lasts here and elsewhere, and which tokens die."""
    done = run("revoke_key", a_key().kid, "--reason", "x", "--dry-run")
    assert done.code == 0
    for words in (a_key(state=State.STANDBY).kid[:12], "10 seconds", "1 day 5 minutes", "Every access token"):
        assert words in done.out
    assert not StoredKey.objects.exclude(revoked_at=None).exists()


def test_the_dry_run_for_programs(run, a_key):
    """The same as data; a symmetric ring has no consumers elsewhere."""
    done = run("revoke_key", a_key("refresh").kid, "--reason", "x", "--dry-run", "--json")
    (consequences,) = done.data["keys"]
    assert consequences["takeover"]["kid"] == a_key("refresh", State.STANDBY).kid
    assert consequences["consumers_until"] is None
    assert "must log in again" in consequences["tokens"]


def test_a_refresh_key_says_whom_it_logs_out(run, alice, a_key):
    """Counted: live sessions whose refresh token the key has signed."""
    sessions.start(alice)
    sessions.start(alice)
    done = run("revoke_key", a_key("refresh").kid, "--reason", "x", "--dry-run")
    assert "Logged out: 1 user (2 sessions)." in done.out
    standby = run("revoke_key", a_key("refresh", State.STANDBY).kid, "--reason", "x", "--dry-run", "--json")
    assert standby.data["keys"][0]["logged_out"] == {"sessions": 0, "users": 0}


def test_a_user_of_two_keys_is_logged_out_once(run, alice, a_key):
    """Counted over the whole ring: the sum over its keys would tell of two."""
    sessions.start(alice)
    keys.rotate("refresh", at_once=True, force=True)
    sessions.start(alice)
    done = run("revoke_key", "--ring", "refresh", "--reason", "x", "--dry-run")
    assert done.out.count("Logged out: 1 user (1 session).") == 2
    assert "In all, logged out: 1 user (2 sessions)." in done.out
    assert "In all" not in run("revoke_key", a_key("refresh").kid, "--reason", "x", "--dry-run").out


@pytest.mark.parametrize(("encrypted", "count"), [((), 0), (("refresh",), 2)])
def test_an_encryption_key_says_whom_it_logs_out(run, alice, a_key, settings, encrypted, count):
    """Where refresh tokens are encrypted: without it nobody can read them."""
    settings.JWTKIT = {"ENCRYPT": encrypted}
    keys.rotate("encryption")
    sessions.start(alice)
    sessions.start(alice)
    done = run("revoke_key", a_key("encryption").kid, "--reason", "x", "--dry-run", "--json")
    assert done.data["keys"][0]["logged_out"] == {"sessions": count, "users": count // 2}


def test_a_standby_has_signed_nothing(run, a_key):
    """Revoking it costs no token."""
    out = run("revoke_key", a_key(state=State.STANDBY).kid, "--reason", "x", "--dry-run").out
    assert "no token is refused" in out
    assert "nothing changes for new tokens" in out


def test_revoking_twice_is_nothing_new(run, a_key):
    """Idempotent, with the date and the reason of the first time."""
    kid = a_key().kid
    run("revoke_key", kid, "--reason", "first", "--noinput")
    done = run("revoke_key", kid, "--reason", "second", "--noinput")
    assert done.code == 0
    assert "first" in done.out
    assert StoredKey.objects.get(kid=kid).reason == "first"


def test_a_whole_ring_is_revoked_after_a_restored_backup(run, alice, a_key):
    """The runbook's last line: every refresh token of the backup is dead, and new ones can be issued."""
    old = sessions.start(alice)
    before = set(StoredKey.objects.filter(ring_id="refresh").values_list("kid", flat=True))
    done = run("revoke_key", "--ring", "refresh", "--reason", "restored", "--noinput", "--json")
    assert set(done.data["revoked"]) == before
    assert a_key("refresh").kid not in before
    with pytest.raises(TokenError):
        sessions.refresh(old.refresh)
    assert sessions.refresh(sessions.start(alice).refresh)


def test_all_keys_under_a_leaked_sealing_key(run, settings):
    """Once another seals, everything that rested under it is revoked, in all rings."""
    leaked = next(iter(sealing.sealing_keys()))
    old = set(StoredKey.objects.values_list("kid", flat=True))
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-key-that-nobody-has-seen-9876543210-abcdefghij"
    done = run("revoke_key", "--all-sealed-under", leaked, "--reason", "leaked", "--noinput", "--json")
    assert set(done.data["revoked"]) == old
    assert leaked not in {sealing.sealed_under(row) for row in StoredKey.objects.exclude(sealed="")}


def test_the_newest_sealing_key_must_be_replaced_first(run):
    """Exit 3: else the new keys would rest under the leaked one as well."""
    leaked = next(iter(sealing.sealing_keys()))
    assert run("revoke_key", "--all-sealed-under", leaked, "--reason", "x", "--noinput").code == 3
    assert not StoredKey.objects.exclude(revoked_at=None).exists()


@pytest.mark.parametrize("args", [(), ("abc", "--ring", "access")])
def test_exactly_one_choice(run, args):
    """A kid, a ring or a sealing key: none or two of them is usage."""
    assert run("revoke_key", *args, "--reason", "x", "--noinput").code == 2


def test_a_ring_that_has_left_the_settings_can_still_be_revoked(run):
    """By kid or all at once; the dry run names the consumers that may still trust a cached key."""
    with override_settings(JWTKIT={"KEY_RINGS": {"partner": {"PUBLISH": True}}}):
        keys.rotate("partner")
    rows = StoredKey.objects.filter(ring_id="partner")
    active = next(row for row in rows if row.state() is State.ACTIVE)
    assert active.kid[:12] in run("list_keys").out
    assert "Elsewhere" in run("revoke_key", active.kid, "--reason", "leaked", "--dry-run").out
    done = run("revoke_key", "--ring", "partner", "--reason", "leaked", "--noinput")
    assert done.code == 0
    assert "left the settings" in done.out
    assert {row.state() for row in rows.all()} == {State.REVOKED}
    assert run("revoke_key", "--ring", "nobody", "--reason", "x", "--noinput").code == 2


def test_keys_that_end_together_are_foreseen_together(run, a_key):
    """The dry run of a whole ring names the key that really takes over: a new one, not the next victim."""
    standby = a_key(state=State.STANDBY).kid
    out = run("revoke_key", "--ring", "access", "--reason", "x", "--dry-run").out
    expected = "A new key is made, which signs at once; consumers of the JWKS may refuse its tokens at first."
    assert f"Takeover:   {expected}" in out
    assert f"Key {standby[:12]} signs at once" not in out
    assert out.count("is permanently revoked") == 2
    assert out.count("A new ES256 key is made") == 2
    done = run("revoke_key", "--ring", "access", "--reason", "x", "--noinput", "--json").data
    assert len(done["plans"]) == 1
    assert a_key().kid not in done["revoked"]


UNREADABLE = {"SEALING_KEYS": [{"id": "2026", "path": "/nowhere/2026"}]}


@pytest.mark.parametrize("choice", ["kid", "ring", "sealing key"])
def test_a_sealing_key_that_cannot_be_read_stops_no_revocation(run, a_key, settings, choice):
    """Trust ends at once; the report names the missing key, and the command that makes it later."""
    under = next(iter(sealing.sealing_keys()))
    victim = a_key().kid
    choices = {"kid": [victim], "ring": ["--ring", "access"], "sealing key": ["--all-sealed-under", under]}
    args = choices[choice]
    settings.JWTKIT = UNREADABLE
    foreseen = run("revoke_key", *args, "--reason", "leaked", "--dry-run")
    done = run("revoke_key", *args, "--reason", "leaked", "--noinput")
    assert (foreseen.code, done.code) == (0, 0)
    for arguments in (foreseen.out, done.out):
        assert "No new key is made. Sealing key '2026' can't be read" in arguments
        assert "manage.py rotate_keys --ring access" in arguments
    assert StoredKey.objects.get(kid=victim).state() is State.REVOKED
    settings.JWTKIT = {}
    assert run("rotate_keys").code == 0
    assert a_key().kid != victim


def test_a_takeover_that_cannot_sign_is_foreseen(run, a_key, settings):
    """Trust ends; nobody here can vouch for the standby's turn, and nothing is made."""
    settings.SECRET_KEY = "another-secret-key-that-nobody-has-seen-9876543210-abcdefghij"
    heir = a_key(state=State.STANDBY).kid
    done = run("revoke_key", a_key().kid, "--reason", "leaked", "--dry-run")
    assert (
        f"Takeover:   Key {heir[:12]} would take over but cannot be used. Key {heir} is sealed under"
        in done.out
    )
    done = run("revoke_key", a_key().kid, "--reason", "leaked", "--noinput")
    assert f"Problem: Key {heir} is sealed under" in done.out
    assert "python manage.py rotate_keys --ring access --now --force" in done.out


def test_the_last_keys_are_foreseen_to_leave_a_gap(run, settings):
    """Nothing signs: said before and after."""
    settings.JWTKIT = UNREADABLE
    args = ("revoke_key", "--ring", "access", "--reason", "leaked")
    assert "There is no other key: nothing is signed until one is made." in run(*args, "--dry-run").out
    assert (
        "Next: no key signs. Run: python manage.py rotate_keys --ring access" in run(*args, "--noinput").out
    )


def test_a_host_that_still_seals_under_the_leaked_key_is_told(run, settings, monkeypatch):
    """It has not been restarted: its next rotation would put a key under it again. Exit 1, and why."""
    leaked, old = next(iter(sealing.sealing_keys())), settings.SECRET_KEY
    settings.SECRET_KEY_FALLBACKS = [old]
    settings.SECRET_KEY = "another-secret-key-that-nobody-has-seen-9876543210-abcdefghij"

    def elsewhere(*kids, **arguments):
        plan = keys.lifecycle.revoke(*kids, **arguments)
        with override_settings(SECRET_KEY=old):
            keys.generate("kinds")
        return plan

    monkeypatch.setattr(keys, "revoke", elsewhere)
    args = ("revoke_key", "--all-sealed-under", leaked, "--reason", "leaked", "--noinput")
    done = run(*args)
    assert done.code == 1
    assert f"has sealed 4 new keys under {leaked}" in done.err
    monkeypatch.undo()
    assert run(*args).code == 0


def test_consumers_are_counted_by_what_is_published_and_not_by_todays_algorithm(run, a_key, settings):
    """A key pair in a ring that has turned to HS256 is in the JWKS until it ends."""
    settings.JWTKIT = {"ALGORITHM": "HS256"}
    consequences = run("revoke_key", a_key().kid, "--reason", "x", "--dry-run", "--json").data["keys"][0]
    assert consequences["consumers_until"] is not None


def test_an_algorithm_that_is_none_stops_no_revocation(run, a_key, settings):
    """The standby takes over, and that none stands by behind it is told."""
    victim, settings.JWTKIT = a_key().kid, {"ALGORITHM": "ES255"}
    done = run("revoke_key", victim, "--reason", "leaked", "--noinput")
    assert done.code == 0
    assert "No new key is made. 'ES255' is not an algorithm for this ring." in done.out
    assert "(ES256) signs, and there is no standby." in done.out


def test_a_beginning_of_several_kids_is_answered_with_all_of_them(run):
    """One letter more decides."""
    for kid in ("partner-1", "partner-2"):
        keys.import_key("access", Key.generate("ES256", kid=kid))
    done = run("revoke_key", "partner-", "--reason", "x", "--noinput")
    assert done.code == 1
    assert "'partner-' begins several kids: partner-1, partner-2. Give more of it." in done.err
    assert not StoredKey.objects.exclude(revoked_at=None).exists()


def test_ctrl_c_is_no(run, a_key, monkeypatch):
    """Whoever is frightened by the question has done nothing."""

    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Stdin, "readline", interrupted)
    done = run("revoke_key", a_key().kid, "--reason", "x", typed="y\n")
    assert "Nothing was done" in done.err
    assert not StoredKey.objects.exclude(revoked_at=None).exists()
