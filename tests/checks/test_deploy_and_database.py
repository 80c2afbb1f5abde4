"""The checks before a deployment, and those of the database."""

from datetime import date, datetime, timedelta
from unittest import mock

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from django_jwtkit import keys, moments
from django_jwtkit.checks import check_keys
from django_jwtkit.conf import conf
from django_jwtkit.keys.sealing import note_checks, sealing_keys
from django_jwtkit.keys.store import Ring, SealingCheck, StoredKey
from tests.keys.rows import vouch_for

SEALED = {"SEALING_KEYS": [{"id": "1", "key": "Zk3v-9QmXw7_tR2pLs8Yb4NcHj6Fd1Ga0UeKiOo5xVq"}]}


def test_production_is_asked_for_more(report):
    """Each of them a warning: the defaults are for a start."""
    assert set(report({}, deploy=True)) == {"W008", "W010", "W011", "W025"}
    assert report({}) == {}


@pytest.mark.threat("CFG-003")
def test_a_public_jwks_wants_an_issuer(report):
    """Without public keys nobody else verifies."""
    assert "W010" not in report({"ISSUER": "https://api.example.org"}, deploy=True)
    assert "W010" not in report({"ALGORITHM": "HS256"}, deploy=True)
    assert "W010" not in report({"KEY_RINGS": {"access": {"PUBLISH": False}}}, deploy=True)


@pytest.mark.parametrize("secret", ["django-insecure-" + "x7Kq9v2mZ4" * 5, "short", "a" * 60])
def test_a_weak_secret_key_must_not_seal(report, secret):
    """With SEALING_KEYS it does not seal, and is Django's to judge."""
    assert "W009" in report({}, deploy=True, SECRET_KEY=secret)
    assert {"W008", "W009"}.isdisjoint(report(SEALED, deploy=True, SECRET_KEY=secret))


@pytest.mark.threat("CFG-006", "HTTP-017")
def test_https_is_insisted_on_somewhere(report):
    """By redirect or by HSTS."""
    assert "W011" not in report({}, deploy=True, SECURE_HSTS_SECONDS=3600)
    assert "W011" not in report({}, deploy=True, SECURE_SSL_REDIRECT=True)


def test_a_protection_of_refreshing_that_is_off_says_so(report):
    """Strays that end nothing, a session that never rests, and one refresh token for a whole login."""
    assert "W044" in report({"ROTATE_REFRESH": False}, deploy=True)
    assert "W020" in report({"REFRESH_STRAYS": None}, deploy=True)
    assert "W057" in report({"RECORD_CLIENT": False}, deploy=True)
    assert "W021" in report({"REFRESH_GRACE": timedelta(0)}, deploy=True)
    lowest = {"REFRESH_STRAYS": 1, "REFRESH_GRACE": timedelta(seconds=1)}
    assert {"W020", "W021", "W044", "W057"}.isdisjoint(report(lowest, deploy=True))


@pytest.mark.django_db
def test_a_migrated_database_is_sound(report):
    """After `migrate` nothing is missing."""
    assert report({}, databases=["default"]) == {}


@pytest.mark.django_db
def test_the_database_is_asked_only_by_name(report):
    """`check` alone makes no query."""
    StoredKey.objects.all().delete()
    assert report({}) == {}


@pytest.mark.django_db
def test_a_ring_without_a_signing_key_is_a_warning(report):
    """A warning, since `migrate` stops at errors and would fix just that."""
    StoredKey.objects.filter(ring_id="access").delete()
    assert "rotate_keys --ring access" in report({}, databases=["default"])["W012"]
    assert "'partners'" in report({"KEY_RINGS": {"partners": {}}}, databases=["default"])["W012"]


@pytest.mark.django_db
def test_a_corrupt_row_is_told_with_its_reason(report):
    """It takes itself out, and never the others."""
    row = StoredKey.objects.filter(ring_id="refresh").first()
    StoredKey.objects.filter(pk=row.pk).update(sealed="garbage")
    said = report({}, databases=["default"])
    assert row.kid in said["W013"]
    assert set(said) == {"W013"}


@pytest.mark.django_db
def test_a_lost_sealing_key_is_told_with_the_way_back(report):
    """Every row, each with the command."""
    said = report(
        {}, databases=["default"], SECRET_KEY="another-secret-that-opens-nothing-here-0123456789-abcd"
    )
    assert "--now --force" in said["W013"]


@pytest.mark.django_db
def test_the_right_id_with_another_secret_is_an_error(report, settings):
    """Such a node would seal what the others can't open: it must not get as far as that."""
    settings.JWTKIT = SEALED
    note_checks("default")
    SealingCheck.objects.filter(key_id="1").update(value="x" * 32)
    assert "'1'" in report(SEALED, databases=["default"])["E019"]
    assert next(iter(sealing_keys())) == "1"


@pytest.mark.django_db
def test_unreadable_sealing_keys_have_their_own_number(report):
    """Not a second fault, and not a traceback."""
    said = report({"SEALING_KEYS": [{"id": "1", "path": "/does/not/exist"}]}, databases=["default"])
    assert set(said) == {"E017"}


@pytest.mark.django_db(transaction=True)
def test_a_database_without_tables_is_no_fault(settings):
    """The check runs before the first `migrate`."""
    with connection.schema_editor() as editor:
        editor.execute("ALTER TABLE jwtkit_storedkey RENAME TO jwtkit_away")
    try:
        assert check_keys(databases=["default"]) == []
    finally:
        with connection.schema_editor() as editor:
            editor.execute("ALTER TABLE jwtkit_away RENAME TO jwtkit_storedkey")


@pytest.mark.django_db
def test_garbage_in_the_settings_does_not_stop_the_database_check(report):
    """One thing after the other."""
    assert set(report({"ALGORITM": 5}, databases=["default"])) == {"E001"}


@pytest.mark.django_db
def test_migrate_runs_past_our_warnings():
    """It fixes a ring without keys itself."""
    StoredKey.objects.filter(ring_id="kinds").delete()
    call_command("migrate", verbosity=0)
    assert keys.preview("kinds").steps == ()


@pytest.mark.django_db
def test_a_signing_key_without_its_private_part_is_told(report):
    """A row that nobody can sign with, and nobody has retired."""
    StoredKey.objects.filter(ring_id="access").update(sealed="")
    vouch_for("access")
    assert "is gone: destroyed, or never imported" in report({}, databases=["default"])["W013"]


@pytest.mark.django_db
def test_a_job_that_does_not_run_is_told_as_soon_as_a_standby_is_missing(report):
    """One run may be late; after that it is a dead job, however well the last key still signs."""
    turn = StoredKey.objects.get(ring_id="access", open_slot=1).sign_from
    Ring.objects.update(last_run=turn)
    with mock.patch("django.utils.timezone.now", return_value=turn + timedelta(hours=23)):
        assert report({}, databases=["default"]) == {}
    with mock.patch("django.utils.timezone.now", return_value=turn + timedelta(hours=25)):
        said = report({}, databases=["default"])
        assert set(said) == {"W014"}
        assert said["W014"].count("python manage.py rotate_keys --ring") == 4
        assert f"since {turn:%Y-%m-%d %H:%M} UTC" in said["W014"]
        for ring in ("access", "refresh", "kinds", "encryption"):
            keys.rotate(ring)
        assert report({}, databases=["default"]) == {}


@pytest.mark.django_db
def test_a_job_that_has_missed_two_runs_is_told(report):
    """Long before a standby is missing."""
    Ring.objects.update(last_run=moments.now() - timedelta(hours=47))
    assert report({}, databases=["default"]) == {}
    Ring.objects.filter(pk="access").update(last_run=moments.now() - timedelta(hours=49))
    said = report({}, databases=["default"])
    assert set(said) == {"W058"}
    assert "rotate_keys last ran 2 days 1 hour ago" in said["W058"]
    assert "python manage.py rotate_keys --ring access" in said["W058"]


@pytest.mark.django_db
@pytest.mark.threat("KEY-011")
def test_a_denied_kid_that_denies_nothing_is_an_error(report):
    """Whole kids and beginnings, of archived keys too, are none."""
    kids = list(StoredKey.objects.values_list("kid", flat=True))
    StoredKey.objects.filter(kid=kids[0]).update(archived=True)
    good = {"DENY_KIDS": [kids[0], kids[1][:8]]}
    assert "E025" not in report(good, databases=["default"])
    said = report({"DENY_KIDS": [kids[1][:8], "no-such-kid", kids[2] + "x"]}, databases=["default"])["E025"]
    assert "'no-such-kid'" in said or kids[2] in said
    StoredKey.objects.all().delete()
    assert "E025" not in report({"DENY_KIDS": ["no-such-kid"]}, databases=["default"]), "nothing to deny yet"


SOON = {"id": "1", "key": SEALED["SEALING_KEYS"][0]["key"]}
NEXT = {"id": "2", "key": "w6nPYtQwz3Jc0lS8uHn2kq7Vd5rXfT1mBgAoE4iZpKs"}


@pytest.mark.django_db
@pytest.mark.threat("KEY-016")
def test_a_sealing_key_that_retires_while_keys_need_it_is_an_error(report):
    """Within thirty days, and after its end; resealing fixes it."""
    with override_settings(JWTKIT={"SEALING_KEYS": [SOON]}):
        list(keys.reseal())
    now = moments.now()
    for days, is_error in ((-1, True), (29, True), (31, False)):
        value = {"SEALING_KEYS": [NEXT, SOON | {"until": now + timedelta(days=days)}]}
        said = report(value, databases=["default"]).get("E024", "")
        assert ("8 keys" in said) is is_error
    with override_settings(JWTKIT={"SEALING_KEYS": [NEXT, SOON]}):
        list(keys.reseal())
    value = {"SEALING_KEYS": [NEXT, SOON | {"until": now + timedelta(days=1)}]}
    assert "E024" not in report(value, databases=["default"])


def test_sealing_keys_that_have_all_retired_are_an_error(report):
    """Without a look at the database: nothing is opened any more, and nothing sealed."""
    now = moments.now()
    past, ahead = ({"until": now + timedelta(days=days)} for days in (-1, 1))
    assert "with its own id" in report({"SEALING_KEYS": [NEXT | past, SOON | past]})["E032"]
    for value in ([NEXT, SOON | past], [NEXT | past, SOON], [NEXT | ahead, SOON | past], []):
        assert "E032" not in report({"SEALING_KEYS": value})


@pytest.mark.parametrize("until", [datetime(2030, 1, 1), "2030-01-01", date(2030, 1, 1), 5])  # noqa: DTZ001
def test_an_end_without_a_time_zone_is_an_error(report, until):
    """It would be another one on another machine."""
    assert "time zone" in report({"SEALING_KEYS": [SOON | {"until": until}]})["E002"]


def test_a_ring_of_our_own_tokens_is_never_published(report, settings):
    """A service that trusts the JWKS would take a refresh token for an access token."""
    for ring in ("refresh", "kinds"):
        value = {"KEY_RINGS": {ring: {"PUBLISH": True, "ALGORITHM": "ES256"}}}
        assert ring in report(value)["E023"]
        settings.JWTKIT = value
        assert not conf().rings[ring].publish
    for ring in ("access", "encryption", "partners"):
        assert "E023" not in report({"KEY_RINGS": {ring: {"PUBLISH": True}}})
