"""What every test may ask for, and what no test may leave behind."""

import gc
import os
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings as project
from django.db.models import Model
from django.utils import translation
from hypothesis import HealthCheck, settings

from tests.support import services, threats, vectors
from tests.support.clocks import clock  # noqa: F401 - a fixture
from tests.support.leaks import ears, nothing_leaks  # noqa: F401 - fixtures
from tests.support.signals import listen  # noqa: F401 - a fixture

SLOW_HOST = [HealthCheck.too_slow]
settings.register_profile("dev", deadline=None, max_examples=60, suppress_health_check=SLOW_HOST)
settings.register_profile(
    "ci", deadline=None, max_examples=150, suppress_health_check=SLOW_HOST, print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


# What one run proves, whatever the Python, the Django and the database are: these are marked `once`.
ONCE = (
    "bench",
    "checks/test_readme.py",
    "commands/test_simulate_rotation.py",
    "consumers",
    "contrib",
    "inspection",
    "issuers/test_sixty_hours.py",
    "jose/jwt/test_node_peers.py",
    "keys/planning/test_lifetimes.py",
    "keys/planning/test_simulation.py",
    "models/test_any_order.py",
    "models/test_refresh_model.py",
    "models/test_ring.py",
    "project/test_demo.py",
    "project/test_home.py",
    "project/test_second_service.py",
    "simplejwt/test_side_by_side.py",
    "test_docs.py",
    "test_docs_language.py",
    "test_documents_run.py",
    "test_index_readme.py",
    "test_language.py",
    "test_package.py",
    "test_picture.py",
    "test_public_names.py",
    "test_reference.py",
    "test_secrecy.py",
    "test_side_channels.py",
    "test_threat_catalogue.py",
)
# What waits for a lock, makes its tables anew or starts processes is marked `slow`; no quick test.
SLOW = (
    "drf/test_user_models.py",
    "keys/races",
    "keys/rotation/test_aged_plans.py",
    "keys/rotation/test_migrating.py",
    "sessions/test_hot_updates.py",
    "sessions/test_login_race.py",
)
DATABASE = {"db", "transactional_db", "django_db_setup"}  # the fixtures, of which all others are made
HERE = Path(__file__).resolve().parent


def pytest_configure() -> None:
    """Hash passwords quickly, in each process: a test about hashing names its own hashers."""
    project.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Hide the collected tests from the garbage collector: ten thousand objects that never become garbage.

    Each full round went through all of them: half of the time of collecting, a quarter of that of the tests.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of the tables above, those that a database can change, and those in a real browser."""
    tables = ((ONCE, pytest.mark.once), (SLOW, pytest.mark.slow))
    marks = {HERE / name: mark for names, mark in tables for name in names}
    for item in items:
        for mark in filter(None, map(marks.get, (item.path, item.path.parent))):
            item.add_marker(mark)
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or DATABASE & fixtures:
            item.add_marker(pytest.mark.database)
        if "chromium" in fixtures:
            item.add_marker(pytest.mark.browser)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say once, at the end, which tests had nothing to read."""
    if line := vectors.summary(terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(line, yellow=True)


@pytest.fixture(autouse=os.environ.get("JWTKIT_COMPILED") == "0")
def statements_by_the_orm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep no compiled statement: each answer must be the same without them."""
    for module in ("inserting", "selecting", "updating"):
        monkeypatch.setattr(f"django_jwtkit.db.compiled.{module}.recall", lambda *_: None)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite's test database is a file of this run alone: processes of a test share it, runs do not."""
    from django.db import connection

    if connection.vendor == "sqlite":
        name = tmp_path_factory.mktemp("database") / "test.sqlite3"
        connection.settings_dict["TEST"]["NAME"] = str(name)


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """Each test begins like a new process: no keys of another test in memory, no language of its own."""
    _forget()
    yield
    _forget()
    translation.deactivate()


# What a process notes for some seconds beside its keys.
NOTED = {
    "django_jwtkit.health.memory": "_recent",
    "django_jwtkit.log_limit": "_minutes",
    "django_jwtkit.sessions.cache.shortcut": "_failed",
    "django_jwtkit.sessions.exchanging.sightings": "_noted",
}


def _forget() -> None:
    keys = sys.modules.get("django_jwtkit.keys")
    if keys is not None:  # a test of jose alone never loads it
        keys.forget()
    for module, noted in NOTED.items():
        if module in sys.modules:
            getattr(sys.modules[module], noted).clear()


@pytest.fixture(autouse=True)
def no_stray_threads() -> Iterator[None]:
    """A test that starts a thread waits for it: one that goes on would work on the next test's database."""
    before = set(threading.enumerate())
    yield
    started = [thread for thread in threading.enumerate() if thread not in before and not thread.daemon]
    if started:
        gc.collect()  # an executor's threads end with the last that knows of it
    for thread in started:
        thread.join(timeout=2)
    assert not [thread.name for thread in started if thread.is_alive()]


@pytest.fixture
def quick_switches() -> Iterator[None]:
    """Threads take turns after a microsecond, not after five thousand, so that races show soon."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.fixture(scope="session")
def redis_url() -> str:
    """The URL of a Redis that answers. Use keys of your own: other runs may share it."""
    return services.redis_url()


@pytest.fixture
def redis_cache(redis_url: str, settings: object) -> Iterator[str]:
    """The alias of a Django cache in Redis that is this test's alone."""
    backend = "django.core.cache.backends.redis.RedisCache"
    row = {"BACKEND": backend, "LOCATION": redis_url, "KEY_PREFIX": uuid.uuid4().hex}
    settings.CACHES = {**settings.CACHES, "redis": row}
    yield "redis"
    services.hang_up("redis")


@pytest.fixture
def database_server(db: None) -> str:
    """The vendor of the test database, which is a server: the test is skipped on SQLite."""
    return services.database_server()


@pytest.fixture
def take_away(transactional_db: None) -> Iterator[Callable[..., None]]:
    """Take models' tables away, as on a database never migrated; they come back when the test is over."""
    away: list[str] = []

    def rename(before: str, after: str) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {before} RENAME TO {after}")
        _forget()

    def take(*models: type[Model]) -> None:
        for table in (model._meta.db_table for model in models):
            rename(table, f"{table}_away")
            away.append(table)

    yield take
    while away:
        table = away.pop()
        rename(f"{table}_away", table)


@pytest.fixture(scope="session")
def read_threat() -> Callable[[str], dict[str, object]]:
    """Return an entry of the threat catalogue by its id."""
    return threats.catalogue().__getitem__
