"""`reseal_keys --scope-was`: what `KEYRING_SCOPE` returns has changed, and the keys come along."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from django_jwtkit import keys, tokens
from django_jwtkit.errors import ScopeMismatch, ServiceUnavailable, TokenError, UnsafeRotation
from django_jwtkit.jose import Key
from django_jwtkit.keys import KeyEvent, Ring, State, StoredKey
from tests.keys.rows import key_in

pytestmark = pytest.mark.django_db

SCOPES = {name: {"KEYRING_SCOPE": f"{__name__}.{name}"} for name in ("acme", "globex")}


def acme():
    return "acme"


def globex():
    return "globex"


@pytest.fixture
def alice(django_user_model):
    return django_user_model.objects.create_user("alice")


def is_trusted(text):
    keys.forget()
    try:
        return bool(tokens.verify(text))
    except (TokenError, ServiceUnavailable):
        return False


def move(scope_was, **more):
    keys.forget()
    return list(keys.reseal(scope_was=scope_was, **more))


@pytest.mark.threat("TEN-001")
@pytest.mark.parametrize("back", [False, True], ids=["into a scope", "and out of it"])
def test_keys_move_to_the_scope_of_now(alice, back):
    """Tokens of before are good again, and in the former scope nothing of it is."""
    text = tokens.issue(alice)
    with override_settings(JWTKIT=SCOPES["acme"]):
        assert not is_trusted(text)
        moved = move("")
        assert not [row.problem for row in moved if row.problem]
        assert {row.scope for row in moved} == {"acme"}
        assert len(moved) == StoredKey.objects.count()
        assert is_trusted(text)
        assert is_trusted(tokens.issue(alice))
        assert move("") == []
    assert not is_trusted(text)
    if back:
        move("acme")
        assert is_trusted(text)


def test_each_move_is_written_down(alice):
    """A line a key, in the transaction that moves it."""
    with override_settings(JWTKIT=SCOPES["acme"]):
        list(keys.reseal(scope_was="", by="root", source="command"))
    events = KeyEvent.objects.filter(action="resealed", who="root")
    assert set(events.values_list("kid", flat=True)) == set(StoredKey.objects.values_list("kid", flat=True))


def test_a_wrong_text_moves_nothing_and_says_so(alice):
    """It would else be taken for done."""
    text = tokens.issue(alice)
    with override_settings(JWTKIT=SCOPES["acme"]):
        for wrong in ("globex", "ACME", "acme "):
            rows = move(wrong)
            assert len(rows) == StoredKey.objects.count()
            assert all(repr(wrong) in row.problem and row.kid in row.problem for row in rows)
            assert not is_trusted(text)
    assert is_trusted(text)


@pytest.mark.threat("TEN-001")
def test_the_keys_of_another_tenant_do_not_move_along():
    """Their rows were carried into this tenant's tables: only those of the scope that is named are moved."""
    with override_settings(JWTKIT=SCOPES["globex"]):
        move("")
        stranger = key_in(State.ACTIVE)
        ring = Ring.objects.get(pk="access")
        move_back = {"mac": stranger.mac}
    with override_settings(JWTKIT=SCOPES["acme"]):
        move("globex")
        StoredKey.objects.filter(pk=stranger.pk).update(**move_back)
        rows = move("")
        assert stranger.kid not in {row.kid for row in rows if not row.problem}
        Ring.objects.filter(pk="access").update(voucher=ring.voucher, macs=ring.macs, serial=ring.serial)
        rows = move("")
        assert all(row.problem for row in rows if row.ring == "access")


def test_the_dry_run_moves_nothing(alice):
    """It says what would be moved."""
    text = tokens.issue(alice)
    with override_settings(JWTKIT=SCOPES["acme"]):
        assert len(move("", dry_run=True)) == StoredKey.objects.count()
        assert not is_trusted(text)


@pytest.mark.threat("KEY-006")
@pytest.mark.parametrize("by_hand", [False, True], ids=["revoked", "revoked by SQL"])
def test_a_revoked_key_stays_behind(alice, by_hand):
    """Also where its row of before is restored after the move."""
    text, victim = tokens.issue(alice), key_in(State.ACTIVE)
    columns = {"revoked_at": None, "reason": "", "archived": False, "sign_until": victim.sign_until}
    columns |= {"mac": victim.mac, "open_slot": None, "sealed": victim.sealed, "margin": victim.margin}
    if by_hand:
        StoredKey.objects.filter(pk=victim.pk).update(revoked_at=keys.now(), open_slot=None)
    else:
        keys.revoke(victim.kid, reason="leaked")
    with override_settings(JWTKIT=SCOPES["acme"]):
        assert victim.kid not in {row.kid for row in move("")}
        StoredKey.objects.filter(pk=victim.pk).update(**columns)
        assert not is_trusted(text)


def test_what_was_tampered_with_stays_behind(alice):
    """The others of its ring go."""
    victim, other = key_in(State.STANDBY), key_in(State.ACTIVE)
    StoredKey.objects.filter(pk=victim.pk).update(max_lifetime=timedelta(days=999))
    with override_settings(JWTKIT=SCOPES["acme"]):
        rows = {row.kid: row for row in move("")}
        assert "has been changed" in rows[victim.kid].problem
        assert not rows[other.kid].problem
        assert is_trusted(tokens.issue(alice))


def test_a_key_that_cannot_be_judged_keeps_its_ring_where_it_is(settings, alice):
    """Without it the ring would vouch for it never again."""
    old, new = "an-old-secret-key-of-a-test-0123456789-abcdefghijklmnop", settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = old, [new]
    keys.generate("access")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = new, []
    with override_settings(JWTKIT=SCOPES["acme"]):
        rows = [row for row in move("") if row.ring == "access"]
        assert rows
        assert all(row.problem for row in rows)
        settings.SECRET_KEY_FALLBACKS = [old]
        assert not [row for row in move("") if row.problem]
        assert is_trusted(tokens.issue(alice))


CHANGES = {
    "rotate": lambda: keys.rotate("access"),
    "rotate at once": lambda: keys.rotate("access", at_once=True),
    "force alone": lambda: keys.rotate("access", force=True),
    "generate": lambda: keys.generate("access"),
    "import": lambda: keys.import_key("access", Key.generate("ES256")),
    "preview": lambda: keys.preview("access"),
    "migrate": lambda: keys.make_missing("default"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_ring_of_another_scope_is_not_replaced(change, alice):
    """One host whose function answers wrongly, or a `migrate` before the move, would log everybody out."""
    text, before = tokens.issue(alice), list(Ring.objects.order_by("pk").values())
    with override_settings(JWTKIT=SCOPES["acme"]):
        with pytest.raises(ScopeMismatch, match="reseal_keys --scope-was ''"):
            change()
        assert not is_trusted(text)
    assert list(Ring.objects.order_by("pk").values()) == before
    assert is_trusted(text)
    with override_settings(JWTKIT=SCOPES["acme"]):
        assert not [row for row in move("") if row.problem]
        with suppress(UnsafeRotation):  # consumers do not know the next key yet
            change()
        assert is_trusted(text)


def test_it_is_replaced_where_that_is_insisted_on(alice):
    """As after a lost sealing key: nothing of before is trusted again."""
    text = tokens.issue(alice)
    with override_settings(JWTKIT=SCOPES["acme"]):
        assert keys.rotate("access", at_once=True, force=True)
        assert not is_trusted(text)
        assert is_trusted(tokens.issue(alice))
        move("")
        assert not is_trusted(text)
    assert not is_trusted(text)


@pytest.mark.threat("KEY-006")
def test_a_revocation_waits_for_no_scope(alice):
    """It ends trust in its key everywhere, and harms no other."""
    text, other = tokens.issue(alice), key_in(State.STANDBY)
    victim = key_in(State.ACTIVE)
    with override_settings(JWTKIT=SCOPES["acme"]):
        plan = keys.revoke(victim.kid, reason="leaked")
        assert "belongs to the scope ''" in plan.blocked_by
    assert not is_trusted(text)
    keys.rotate("access")
    assert key_in(State.ACTIVE).kid == other.kid
    assert is_trusted(tokens.issue(alice))


def test_the_scope_in_a_row_is_believed_where_its_macs_agree(alice):
    """By SQL alone nobody makes a ring another scope's, nor keeps a planted one from being replaced."""
    text = tokens.issue(alice)
    Ring.objects.filter(pk="access").update(scope="acme")
    assert not is_trusted(text) or key_in(State.ACTIVE)
    with override_settings(JWTKIT=SCOPES["acme"]):
        assert not is_trusted(text)
    Ring.objects.filter(pk="access").update(scope="globex", macs="")
    with override_settings(JWTKIT=SCOPES["acme"]):
        assert keys.rotate("access")


class TestCommand:
    def run(self, capsys, *arguments):
        try:
            call_command("reseal_keys", *arguments)
        except CommandError as error:
            return error.returncode, capsys.readouterr().out + str(error)
        return 0, capsys.readouterr().out

    def test_it_moves_the_keys(self, capsys):
        """And says how many, and where to."""
        with override_settings(JWTKIT=SCOPES["acme"]):
            code, said = self.run(capsys, "--scope-was", "", "--dry-run")
            assert (code, "8 keys would be moved to the scope 'acme'." in said) == (0, True)
            code, said = self.run(capsys, "--scope-was", "")
            assert (code, "8 keys were moved to the scope 'acme'." in said) == (0, True)
            code, said = self.run(capsys, "--scope-was", "")
            assert (code, "No key was moved" in said) == (0, True)

    def test_a_wrong_text_is_a_failure(self, capsys):
        """With each key that stays behind."""
        with override_settings(JWTKIT=SCOPES["acme"]):
            code, said = self.run(capsys, "--scope-was", "nobody")
        assert code == 1
        assert "'nobody'" in said

    def test_without_the_option_nothing_moves(self, capsys):
        """A plain run never trusts what another scope has vouched for."""
        with override_settings(JWTKIT=SCOPES["acme"]):
            self.run(capsys)
            code, said = self.run(capsys, "--scope-was", "", "--json")
        assert code == 0
        assert '"moved": [' in said
