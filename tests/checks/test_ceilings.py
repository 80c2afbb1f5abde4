"""`check --deploy` names each figure that delays a revocation, and each protection that is off."""

import os
from datetime import timedelta

import pytest

from django_jwtkit.checks.deployment.ceilings import CEILINGS

SEALED = {"SEALING_KEYS": [{"id": "1", "key": "Zk3v-9QmXw7_tR2pLs8Yb4NcHj6Fd1Ga0UeKiOo5Vx3"}]}
SOUND = SEALED | {"ISSUER": "https://api.example.org", "AUDIENCE": "api"}
REDIS = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1"}
LOCAL = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
DUMMY = {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}
RATES = {"DEFAULT_THROTTLE_RATES": {"jwtkit_login": "10/min"}}
BEHIND_ONE = RATES | {"NUM_PROXIES": 1}

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SLOW = {"SIGNING_MAX_AGE": 6 * HOUR, "KEYRING_MAX_STALE": 6 * HOUR, "PUBLISH_BEFORE": 3 * DAY}


@pytest.fixture
def warned(report):
    """Return what `check --deploy` says about `JWTKIT` in a project that is sound otherwise."""

    def warned(**jwtkit):
        return report(
            SOUND | jwtkit,
            deploy=True,
            REST_FRAMEWORK=BEHIND_ONE,
            CACHES={"default": REDIS, "local": LOCAL, "dummy": DUMMY, "redis": REDIS},
            SECURE_HSTS_SECONDS=3600,
        )

    return warned


def test_a_sound_project_hears_nothing(warned):
    assert warned() == {}


@pytest.mark.parametrize(
    ("number", "most", "jwtkit"),
    [
        ("W028", "timedelta(minutes=1)", {"KEYRING_MAX_AGE": 6 * HOUR} | SLOW),
        ("W029", "timedelta(minutes=10)", SLOW),
        ("W030", "timedelta(days=1)", {"KEYRING_MAX_STALE": 3650 * DAY}),
        ("W031", "timedelta(days=2)", {"JWKS_MAX_AGE": 30 * DAY, "PUBLISH_BEFORE": 32 * DAY}),
        ("W031", "timedelta(days=2)", {"CONSUMER_CACHE": 30 * DAY, "PUBLISH_BEFORE": 32 * DAY}),
        ("W032", "timedelta(hours=1)", {"ACCESS_TOKEN_LIFETIME": DAY}),
        ("W033", "timedelta(minutes=1)", {"REFRESH_GRACE": 5 * MINUTE}),
        ("W034", "timedelta(days=366)", {"SESSION_LIFETIME": 3660 * DAY}),
        ("W035", "timedelta(days=400)", {"ROTATE_EVERY": 3660 * DAY}),
        ("W035", 'KEY_RINGS["kinds"]', {"KEY_RINGS": {"kinds": {"ROTATE_EVERY": 3660 * DAY}}}),
        ("W036", "timedelta(minutes=1)", {"LEEWAY": 5 * MINUTE}),
        ("W037", "timedelta(minutes=2)", {"CLOCK_SKEW": 5 * MINUTE}),
    ],
)
def test_a_figure_over_its_ceiling_is_named_with_the_ceiling(warned, number, most, jwtkit):
    assert most in warned(**jwtkit)[number]


@pytest.mark.parametrize("number", CEILINGS)
def test_a_figure_at_its_ceiling_is_fine(number):
    """The defaults keep far below."""
    from django_jwtkit.conf import Settings

    assert CEILINGS[number].read(Settings()) < CEILINGS[number].most


def test_long_access_tokens_are_fine_where_each_request_asks_for_the_session(warned):
    assert warned(ACCESS_TOKEN_LIFETIME=DAY, CHECK_SESSION=True) == {}


@pytest.mark.threat("CFG-003")
def test_a_public_jwks_wants_an_audience_and_a_safe_issuer(warned):
    assert "AUDIENCE" in warned(AUDIENCE=None)["W040"]
    assert "W040" not in warned(AUDIENCE=None, ALGORITHM="HS256")
    assert "https://" in warned(ISSUER="http://api.example.org")["W041"]


def test_sha_1_is_named(warned):
    said = warned(ENCRYPTION_ALGORITHM="RSA-OAEP", ENCRYPT=["access"])
    assert "RSA-OAEP-256" in said["W039"]
    assert warned(ENCRYPTION_ALGORITHM="RSA-OAEP-256", ENCRYPT=["access"]) == {}
    own = {"partner": {"USE": "enc", "ALGORITHM": "RSA-OAEP"}}
    assert 'KEY_RINGS["partner"]["ALGORITHM"]' in warned(KEY_RINGS=own)["W039"]


def test_one_content_key_for_all_tokens_is_named(warned):
    assert "A256KW" in warned(ENCRYPTION_ALGORITHM="dir")["W043"]
    assert "W043" not in warned(ENCRYPTION_ALGORITHM="dir", CONTENT_ENCRYPTION="A256CBC-HS512")


@pytest.mark.parametrize("alias", ["local", "dummy"])
def test_a_session_cache_of_one_process_is_named(warned, alias):
    assert "CACHE" in warned(CHECK_SESSION=True, SESSION_CACHE=alias)["W042"]
    assert warned(CHECK_SESSION=True, SESSION_CACHE="redis") == {}


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")
@pytest.mark.parametrize(
    ("mode", "done"),
    [(0o600, ""), (0o400, ""), (0o640, "read"), (0o602, "written"), (0o666, "read and written")],
)
def test_a_sealing_key_that_others_can_read_or_write_is_named(warned, tmp_path, mode, done):
    file = tmp_path / "sealing.key"
    file.write_text("Zk3v-9QmXw7_tR2pLs8Yb4NcHj6Fd1Ga0UeKiOo5Vx3")
    file.chmod(mode)
    for path in (file, str(file)):
        said = warned(SEALING_KEYS=[{"id": "1", "path": path}])
        assert set(said) == ({"W038"} if done else set())
        assert not done or (f"be {done} by" in said["W038"] and f"chmod 600 {file}" in said["W038"])


@pytest.mark.parametrize("rate", ["10/fortnight", "10/month", "ten/min", "10", "", "10/", "-1/min", 10])
def test_what_is_no_rate_is_an_error(report, rate):
    """Of ours; other scopes are the project's."""
    said = report({}, REST_FRAMEWORK={"DEFAULT_THROTTLE_RATES": {"jwtkit_account": rate}})
    assert "'jwtkit_account'" in said["E031"]
    assert "10/min" in said["E031"]
    for rates in ({"uploads": rate}, {"jwtkit_login": "10/min"}, {"jwtkit_login": None}, None):
        assert "E031" not in report({}, REST_FRAMEWORK={"DEFAULT_THROTTLE_RATES": rates})


@pytest.mark.threat("HTTP-010")
def test_a_login_without_a_rate_is_named(report):
    assert "jwtkit_login" in report({}, deploy=True)["W025"]
    for rates in ({"jwtkit_login": None}, {"jwtkit_refresh": "9/min"}):
        assert "W025" in report({}, deploy=True, REST_FRAMEWORK={"DEFAULT_THROTTLE_RATES": rates})
    assert "W025" not in report({}, deploy=True, REST_FRAMEWORK=BEHIND_ONE)


@pytest.mark.parametrize("backend", [LOCAL, DUMMY])
def test_rates_that_each_process_counts_for_itself_are_named(report, backend):
    said = report({}, deploy=True, REST_FRAMEWORK=BEHIND_ONE, CACHES={"default": backend})
    assert backend["BACKEND"].rpartition(".")[2] in said["W026"]
    assert "W026" not in report({}, deploy=True, REST_FRAMEWORK=BEHIND_ONE, CACHES={"default": REDIS})


def test_rates_that_count_a_proxy_are_named(report):
    assert "NUM_PROXIES" in report({}, deploy=True, REST_FRAMEWORK=RATES)["W027"]
    assert "W027" not in report({}, deploy=True, REST_FRAMEWORK=RATES | {"NUM_PROXIES": 0})
    assert "W027" not in report({"CLIENT_ADDRESS": "json.dumps"}, deploy=True, REST_FRAMEWORK=RATES)


def test_nothing_of_it_is_said_outside_of_a_deployment(report):
    assert report({"KEYRING_MAX_STALE": 3650 * DAY, "ISSUER": "http://x"}) == {}


def test_a_number_can_be_silenced(warned, settings):
    from django.core import checks

    settings.SILENCED_SYSTEM_CHECKS = ["jwtkit.W033"]
    warned(REFRESH_GRACE=5 * MINUTE)
    messages = checks.run_checks(include_deployment_checks=True)
    assert [each.is_silenced() for each in messages if each.id == "jwtkit.W033"] == [True]
