"""What an audit has found, and must not find again."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.test import override_settings
from django.views.debug import ExceptionReporter

from django_jwtkit import keys, moments, sessions, tokens
from django_jwtkit.conf import conf
from django_jwtkit.db import refuse_transaction
from django_jwtkit.errors import InsideTransaction, JWTKitError, KeyUnusableError
from django_jwtkit.jose import Key
from django_jwtkit.keys import State, StoredKey
from django_jwtkit.keys.snapshots import take_snapshot
from tests.keys.memories import remembered

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def active(ring="access"):
    return next(row for row in StoredKey.objects.filter(ring_id=ring) if row.state() is State.ACTIVE)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("idle", [61, 3601])
def test_parallel_requests_after_an_idle_time_are_all_served(monkeypatch, idle):
    """Who does not get the lock waits for the look, where what it holds is too old to use."""
    keys.signing_key("access", now=moments.now(), lifetime=MINUTE)
    memory = remembered()
    memory.snapshot = replace(memory.snapshot, looked_at=memory.snapshot.looked_at - idle)
    errors, ready = [], threading.Barrier(4)

    def sign():
        ready.wait()
        try:
            keys.signing_key("access", now=moments.now(), lifetime=MINUTE)
            keys.keyring("access")
        except JWTKitError as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=sign) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_denying_the_signing_key_is_mended_by_a_plain_run(settings):
    """The denied key is revoked and its standby signs at once: an emergency waits for nobody's cache."""
    victim = active()
    settings.JWTKIT = {"DENY_KIDS": [victim.kid]}
    assert keys.rotate("access")
    assert keys.signing_key("access", now=moments.now(), lifetime=MINUTE).kid != victim.kid


def test_a_host_with_a_slow_clock_signs_after_a_takeover():
    """Its clock says that the new key has not begun yet; everybody's skew allows for that."""
    keys.revoke(active().kid, reason="leaked")
    behind = moments.now() - timedelta(seconds=30)
    assert keys.signing_key("access", now=behind, lifetime=MINUTE).kid == active().kid


@pytest.mark.threat("LEAK-005", "LEAK-015")
def test_sealing_keys_are_on_no_error_page(rf):
    """Neither by the settings' repr nor by the locals of whoever reads them."""
    secret = "5b1f" * 12
    with override_settings(JWTKIT={"SEALING_KEYS": [{"id": "a", "key": secret}], "LEEWAY": 5}):
        try:
            conf()
        except ImproperlyConfigured as error:
            ours = error.__traceback__.tb_next  # the first frame is this test
            page = ExceptionReporter(rf.get("/"), type(error), error, ours)
            assert secret not in page.get_traceback_html()
            assert secret not in page.get_traceback_text()
    with override_settings(JWTKIT={"SEALING_KEYS": [{"id": "a", "key": secret}]}):
        assert secret not in repr(conf())


@pytest.mark.django_db(transaction=True)
def test_a_long_transaction_does_not_bring_a_revoked_key_back():
    """What it still sees of the past (REPEATABLE READ) is not stored for the whole process."""
    before = keys.keyring("access").snapshot
    keys.revoke(active().kid, reason="leaked")
    after = keys.keyring("access").snapshot
    assert after.generation != before.generation
    with transaction.atomic():
        keys.Ring.objects.filter(name="access").update(generation=before.generation)
        assert take_snapshot("access").generation == after.generation


@pytest.mark.django_db(transaction=True)
def test_autocommit_off_is_a_callers_transaction():
    """A success that a rollback could still undo is refused."""
    transaction.set_autocommit(False)
    try:
        with pytest.raises(InsideTransaction):
            refuse_transaction("default", "This")
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)


@pytest.mark.parametrize(("alg", "key_ops"), [("ES256", ["verify"]), ("RS256", ["sign"])])
def test_an_imported_key_must_be_able_to_do_its_work(alg, key_ops):
    """It would become the signer and fail at each login."""
    jwk = Key.generate(alg).to_dict(private=True)
    jwk.pop("use", None)
    with pytest.raises(KeyUnusableError):
        keys.import_key("access", Key.from_dict(jwk | {"key_ops": key_ops}))


def test_a_verify_only_key_leaves_its_private_part_behind():
    """What is not needed does not rest here."""
    row = keys.import_key("access", Key.generate("ES256"), verify_until=moments.now() + MINUTE)
    assert row.sealed == ""


def test_a_row_of_an_unknown_algorithm_takes_only_itself_out():
    """After a downgrade, say."""
    StoredKey.objects.filter(pk=active().pk).update(alg="XX999")
    keys.forget()
    assert "XX999" not in keys.keyring("access").algorithms


@pytest.mark.parametrize("name", ["prod 2026/1", "x" * 65, ""])
def test_a_sealing_keys_id_can_stand_in_a_header(name):
    """A fault that `check` finds, and not the first login."""
    with (
        override_settings(JWTKIT={"SEALING_KEYS": [{"id": name, "key": "5b1f" * 12}]}),
        pytest.raises(ImproperlyConfigured),
    ):
        conf()


@pytest.mark.threat("USR-008")
def test_a_token_of_an_ended_session_ends_no_other(client, django_user_model):
    """A thief must not lock out the owner who has just reacted; without CHECK_SESSION too."""
    alice = django_user_model.objects.create_user("alice")
    stolen, mine = sessions.start(alice), sessions.start(alice)
    header = {"Authorization": f"Bearer {stolen.access}"}
    assert client.post("/api/logout/", headers=header).status_code == 204
    answer = client.post("/api/logout/all/", headers=header)
    assert (answer.status_code, answer.json()["detail"]) == (401, "Session has ended")
    assert client.get("/api/sessions/", headers={"Authorization": f"Bearer {mine.access}"}).status_code == 200


@pytest.mark.threat("KEY-016")
def test_sealing_keys_can_be_set_on_a_project_that_runs_already():
    """What SECRET_KEY has sealed still opens; `reseal_keys` then moves it over."""
    with override_settings(JWTKIT={"SEALING_KEYS": [{"id": "a", "key": "5b1f" * 12}]}):
        keys.forget()
        assert keys.signing_key("access", now=moments.now(), lifetime=MINUTE).private
        assert {one.sealed_under for one in keys.reseal()} == {"a"}
        assert keys.signing_key("refresh", now=moments.now(), lifetime=MINUTE).private


def test_a_session_id_that_is_none_is_no_500(client, django_user_model):
    """Whoever has put it there."""
    text = tokens.issue(django_user_model.objects.create_user("alice"), sid="x")
    assert client.post("/api/token/revoke/", {"token": text}).status_code in {200, 401}


@pytest.mark.parametrize("lifetime", [5, None, "x"])
def test_a_kinds_lifetime_is_a_timedelta(lifetime):
    """A wrong call is told at once, not at the first token."""
    with pytest.raises(TypeError):
        tokens.TokenKind("hardened", typ="hardened+jwt", lifetime=lifetime)
