"""A login works on any day that a test freezes: the keys of its database begin when that was migrated."""

import logging
import os
import subprocess
import sys
import uuid
from datetime import datetime, timedelta
from unittest import mock

import pytest
from django.conf import settings as project
from django.core.management import call_command
from django.test import TestCase, override_settings
from django.utils import timezone

from django_jwtkit import keys, moments, sessions, tokens
from django_jwtkit.errors import TokenExpired
from tests.frozen.days import DAYS, FAST, live_a_day, make_alice
from tests.support.processes import ROOT

freezegun = pytest.importorskip("freezegun")
time_machine = pytest.importorskip("time_machine")

pytestmark = [pytest.mark.django_db, pytest.mark.threat("KEY-009")]


def replaced(day: datetime):
    says = day if project.USE_TZ else timezone.make_naive(day)
    return mock.patch("django.utils.timezone.now", return_value=says)


WAYS = {
    "freezegun": freezegun.freeze_time,
    "freezegun, ticking": lambda day: freezegun.freeze_time(day, tick=True),
    "time-machine": lambda day: time_machine.travel(day, tick=False),
    "time-machine, ticking": lambda day: time_machine.travel(day, tick=True),
    "timezone.now": replaced,
}


@pytest.fixture
def alice(settings, django_user_model):
    settings.PASSWORD_HASHERS = FAST["PASSWORD_HASHERS"]
    make_alice()
    return django_user_model.objects.get()


@pytest.mark.threat("CLK-006")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("day", DAYS)
def test_a_login_works_on_a_frozen_day(day, way, alice, caplog):
    """And before it, and after it, in one process, with no alarm."""
    live_a_day()
    with WAYS[way](DAYS[day]), caplog.at_level(logging.ERROR):
        live_a_day(DAYS[day])
    live_a_day()
    assert "key_misused" not in caplog.text


@pytest.mark.parametrize("way", WAYS)
def test_a_process_may_begin_on_a_frozen_day(way, alice):
    """Nothing was read of the ring before."""
    with WAYS[way](DAYS["an earlier year"]):
        keys.forget()
        live_a_day(DAYS["an earlier year"])
    live_a_day()


@pytest.mark.parametrize("way", WAYS)
def test_tokens_expire_by_the_frozen_clock(way, alice):
    """A test that lets the clock go on sees what its users will see."""
    pair = sessions.start(alice)
    with WAYS[way](moments.now() + timedelta(minutes=10)), pytest.raises(TokenExpired):
        tokens.verify(pair.access)
    tokens.verify(pair.access)


def test_rotating_on_a_frozen_day_takes_nothing_out_of_service(alice):
    """`rotate_keys` under an earlier clock, then logins under both."""
    for day in ("an earlier year", "yesterday", "a later year"):
        with freezegun.freeze_time(DAYS[day]):
            call_command("rotate_keys", verbosity=0)
            live_a_day(DAYS[day])
        live_a_day()


def test_moments_that_are_passed_in_may_lie_before_the_first_key(alice):
    """`now=` goes before every clock: an expired token, a login of yesterday."""
    yesterday = moments.now() - timedelta(days=1)
    text = tokens.issue(alice, now=yesterday)
    assert tokens.verify(text, now=yesterday)["sub"] == str(alice.pk)
    pair = sessions.start(alice, now=yesterday)
    assert sessions.refresh(pair.refresh)
    assert sessions.refresh(sessions.start(alice, now=yesterday).refresh, now=yesterday)


def test_the_jwks_of_a_frozen_day_holds_the_key_that_signs(alice):
    """Consumers in the same test verify with it."""
    with freezegun.freeze_time(DAYS["an earlier year"]):
        kid = keys.signing_key("access", now=moments.now(), lifetime=timedelta(minutes=1)).kid
        assert kid in [key["kid"] for key in keys.jwks()["keys"]]


@override_settings(**FAST)
class AProjectsTestCase(TestCase):
    """Django's own test case, as projects write it."""

    @classmethod
    def setUpTestData(cls) -> None:
        make_alice()

    @freezegun.freeze_time(DAYS["an earlier year"])
    def test_a_decorated_test(self) -> None:
        live_a_day(DAYS["an earlier year"])

    @time_machine.travel(DAYS["yesterday"])
    def test_a_travelling_test(self) -> None:
        live_a_day(DAYS["yesterday"])


RUNNER = """
import os
from django.test import TestCase, override_settings
from django.utils import timezone
from freezegun import freeze_time
from tests.frozen.days import DAYS, FAST, live_a_day, make_alice
import time_machine

@override_settings(**FAST)
class Days(TestCase):
    @classmethod
    def setUpTestData(cls):
        make_alice()

for name, day in DAYS.items():
    def frozen(self, day=day):
        with freeze_time(day):
            live_a_day(day)
        live_a_day()
    def travelling(self, day=day):
        with time_machine.travel(day, tick=False):
            live_a_day(day)
        live_a_day()
    setattr(Days, f"test_frozen_{name}", frozen)
    if "FROZEN" not in os.environ:  # time-machine does not travel while freezegun is active
        setattr(Days, f"test_travelling_{name}", travelling)
"""


@pytest.mark.parametrize("frozen", ["", "2001-05-06"], ids=["today", "migrated in 2001"])
def test_djangos_own_test_runner(frozen, tmp_path):
    """`manage.py test`, which migrates a database of its own; also where the whole run is frozen."""
    start = f"import freezegun\nfreezegun.freeze_time({frozen!r}).start()\n"
    (tmp_path / "test_days.py").write_text(RUNNER)
    (tmp_path / "run.py").write_text(
        f"{start if frozen else ''}"
        "from django.core.management import execute_from_command_line\n"
        f"execute_from_command_line(['manage.py', 'test', '-t', {str(tmp_path)!r}, {str(tmp_path)!r}])\n"
    )
    (tmp_path / "own_settings.py").write_text(
        "from testproject.settings import *\n"
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}\n"
    )
    path = os.pathsep.join((str(tmp_path), str(ROOT)))
    # psycopg warns where it is imported on a frozen day: its C code measures the class `datetime.date`.
    env = os.environ | {"PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "own_settings", "PYTHONWARNINGS": ""}
    if frozen:
        env["FROZEN"] = frozen
    done = subprocess.run(
        [sys.executable, str(tmp_path / "run.py")],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert f"Ran {len(DAYS) if frozen else 2 * len(DAYS)} tests" in done.stderr


@pytest.mark.parametrize("way", ["freezegun", "time-machine"])
def test_a_process_goes_on_looking_after_a_frozen_day(way, alice, settings):
    """freezegun freezes `time.monotonic` too: keys that are read in 2001 would never be old."""
    settings.JWTKIT = {"KEYRING_MAX_AGE": timedelta(0)}
    with WAYS[way](DAYS["a later year"]):
        live_a_day(DAYS["a later year"])
    ring = keys.keyring("access").snapshot
    keys.Ring.objects.filter(name="access").update(generation=uuid.uuid4())
    assert keys.keyring("access").snapshot.generation != ring.generation
