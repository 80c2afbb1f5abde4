"""The settings by themselves and beside one another: numbered faults, each with the value that fixes it."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from django_jwtkit import checks, tokens
from django_jwtkit.checks import FAULTS
from django_jwtkit.conf import SETTINGS, conf
from django_jwtkit.jose import Key, jwt

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def test_the_defaults_are_sound(report):
    """`JWTKIT = {}` is a good configuration."""
    assert report({}) == {}
    assert report(None) == {}


@pytest.mark.threat("CFG-002")
@pytest.mark.parametrize(
    ("jwtkit", "nearest"),
    [
        ({"ALGORITM": "ES256"}, "ALGORITHM"),
        ({"access_token_lifetime": MINUTE}, "ACCESS_TOKEN_LIFETIME"),
        ({"KEY_RINGS": {"access": {"PUBLSH": True}}}, "PUBLISH"),
    ],
)
def test_an_unknown_setting_is_answered_with_the_nearest(report, jwtkit, nearest):
    """A typo never means the default."""
    assert nearest in report(jwtkit)["E001"]


@pytest.mark.threat("CFG-001")
@pytest.mark.parametrize(
    "name",
    [
        "VERIFY",
        "VERIFY_SIGNATURE",
        "VERIFY_EXP",
        "OPTIONS",
        "ALLOW_NONE",
        "ALGORITHMS",
        "CHECK_TOKENS",
        "INSECURE",
    ],
)
def test_nothing_in_the_settings_switches_a_check_off(report, name):
    """There is no such setting, in no ring either: whoever asks for one is refused."""
    for value in ({name: False}, {"KEY_RINGS": {"access": {name: False}}}):
        assert set(report(value)) == {"E001"}
        with pytest.raises(ImproperlyConfigured):
            conf()


@pytest.mark.threat("CFG-001")
def test_nothing_in_a_call_switches_a_check_off():
    """Neither a flag nor an option of another library is taken and ignored."""
    key = Key.generate("HS256")
    text = jwt.encode({"exp": 4_102_444_800}, key)
    for more in ({"verify": False}, {"options": {"verify_signature": False}}, {"verify_signature": False}):
        with pytest.raises(TypeError):
            jwt.decode(text, key, algorithms={"HS256"}, **more)
        with pytest.raises(TypeError):
            tokens.verify(text, **more)
    with pytest.raises((TypeError, ValueError)):
        jwt.decode(text, None, algorithms={"HS256"})


@pytest.mark.threat("CFG-004", "TIME-062")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ACCESS_TOKEN_LIFETIME", 300),
        ("ACCESS_TOKEN_LIFETIME", timedelta(0)),
        ("REFRESH_TOKEN_LIFETIME", -DAY),
        ("LEEWAY", -MINUTE),
        ("LEEWAY", DAY),
        ("LEEWAY", float("nan")),
        ("LEEWAY", float("inf")),
        ("CLOCK_SKEW", HOUR),
        ("MAX_SESSIONS", 0),
        ("MAX_SESSIONS", True),
        ("CHECK_SESSION", "yes"),
        ("ISSUER", ""),
        ("AUDIENCE", []),
        ("AUDIENCE", {"api", "files"}),
        ("ENCRYPT", "access"),
        ("KEY_RINGS", []),
        ("SEALING_KEYS", [{"id": "1"}]),
    ],
)
def test_a_wrong_value_is_an_error(report, name, value):
    """Of the wrong type or out of bounds."""
    assert name in report({name: value})["E002"]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
RING = st.dictionaries(st.sampled_from(["ALGORITHM", "USE", "PUBLISH", "ROTATE_EVERY"]), JUNK, max_size=3)


@given(
    jwtkit=JUNK
    | st.dictionaries(st.sampled_from(sorted(SETTINGS)), JUNK, max_size=4)
    | st.fixed_dictionaries({"KEY_RINGS": st.dictionaries(st.text(max_size=5), RING, max_size=2)})
)
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_no_garbage_makes_check_fall_over(report, jwtkit):
    """A fault, or none; never another exception. And what runs has no fault, what has none runs."""
    errors = [number for number in report(jwtkit) if number.startswith("E00") and number in {"E001", "E002"}]
    try:
        conf()
    except ImproperlyConfigured:
        assert errors
    else:
        assert not errors


@pytest.mark.parametrize("jwtkit", [5, [], "x", [[{}]], {"KEY_RINGS": {"a": 5}}, {5: 6}])
def test_start_up_survives_garbage(settings, jwtkit):
    """What an operator sees is a check error, not a traceback."""
    settings.JWTKIT = jwtkit
    with pytest.raises(Exception, match=r"jwtkit\.E00[12]") as caught:
        call_command("check")
    assert type(caught.value).__name__ == "SystemCheckError"


def test_a_refresh_token_must_fit_into_its_session(report):
    """With the value that fixes it."""
    said = report({"REFRESH_TOKEN_LIFETIME": 91 * DAY})
    assert "timedelta(days=90)" in said["E003"]


def test_a_new_key_must_reach_everybody_before_it_signs(report):
    """Rule 1: D + CLOCK_SKEW, and where the sum comes from."""
    said = report({"PUBLISH_BEFORE": 24 * HOUR})["E004"]
    assert (
        "at least timedelta(days=1, minutes=7) (SIGNING_MAX_AGE + CLOCK_SKEW + JWKS_MAX_AGE + CONSUMER_CACHE)"
        in said
    )
    assert "E004" not in report({"PUBLISH_BEFORE": 24 * HOUR + 7 * MINUTE})


def test_a_ring_of_its_own_is_told_where_its_number_stands(report):
    """The hint names the place to change."""
    said = report({"KEY_RINGS": {"refresh": {"PUBLISH_BEFORE": MINUTE}}})["E004"]
    assert 'KEY_RINGS["refresh"]["PUBLISH_BEFORE"] to at least timedelta(minutes=2)' in said


def test_a_key_signs_long_enough_for_the_next_one_to_be_ready(report):
    """Rule 2: PUBLISH_BEFORE + ROTATION_INTERVAL."""
    assert "timedelta(days=3)" in report({"ROTATE_EVERY": 2 * DAY})["E005"]
    assert "E005" not in report({"ROTATE_EVERY": 3 * DAY, "REFRESH_TOKEN_LIFETIME": DAY})


def test_rotation_faster_than_the_lifetimes_is_a_warning(report):
    """It works, with many keys alive at a time."""
    assert "at least timedelta(days=14)" in report({"ROTATE_EVERY": 7 * DAY})["W004"]


@pytest.mark.parametrize(
    ("name", "other"), [("SIGNING_MAX_AGE", "KEYRING_MAX_AGE"), ("KEYRING_MAX_STALE", "SIGNING_MAX_AGE")]
)
def test_a_process_looks_again_before_it_gives_up(report, name, other):
    """The three ages of a snapshot are in order."""
    said = report({name: timedelta(seconds=5)})["E006"]
    assert name in said
    assert other in said


@pytest.mark.threat("CFG-004")
def test_very_long_lifetimes_are_warnings(report):
    """Allowed, but seldom meant."""
    said = report(
        {"ACCESS_TOKEN_LIFETIME": 2 * DAY, "REFRESH_TOKEN_LIFETIME": 91 * DAY, "SESSION_LIFETIME": 99 * DAY}
    )
    assert {"W001", "W002"} <= said.keys()


@pytest.mark.parametrize(
    ("jwtkit", "number", "words"),
    [
        ({"ALGORITHM": "es256"}, "E007", "'ES256'"),
        ({"ALGORITHM": "none"}, "E007", "ES256"),
        ({"ALGORITHM": "EdDsa"}, "E007", "EdDSA"),
        ({"ALGORITHM": "A256KW"}, "E007", "signing"),
        ({"ENCRYPTION_ALGORITHM": "ES256"}, "E007", "encryption"),
        ({"CONTENT_ENCRYPTION": "A256"}, "E008", "A256GCM"),
        ({"KEY_RINGS": {"My ring": {}}}, "E010", "'My ring'"),
        ({"KEY_RINGS": {"access": {"USE": "enc"}}}, "E020", '"sig"'),
        (
            {"KEY_RINGS": {"own": {"ALGORITHM": "HS256", "PUBLISH": True}}},
            "E033",
            "HS256, which has no public",
        ),
        ({"ALGORITHM": "HS384", "KEY_RINGS": {"access": {"PUBLISH": True}}}, "E033", "Ring 'access'"),
    ],
)
def test_names_that_stand_for_nothing(report, jwtkit, number, words):
    """Algorithms and rings, with what may have been meant."""
    assert words in report(jwtkit)[number]


@pytest.mark.parametrize("algorithm", ["Ed25519", "Ed448", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87"])
def test_a_name_that_few_verifiers_read_is_a_warning_in_a_published_ring(report, algorithm):
    """With what to use instead; a ring of our own readers may use any."""
    said = report({"ALGORITHM": algorithm})
    assert algorithm in said["W024"]
    assert "'access'" in said["W024"]
    own = {"KEY_RINGS": {"own": {"ALGORITHM": algorithm, "PUBLISH": True}}}
    assert "'own'" in report(own)["W024"]
    for quiet in (
        {"KEY_RINGS": {"own": {"ALGORITHM": algorithm}}},
        {"KEY_RINGS": {"refresh": {"ALGORITHM": algorithm}}},
    ):
        assert "W024" not in report(quiet)


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256", "RS256", "PS256", "HS256"])
def test_a_name_that_most_verifiers_read_is_fine(report, algorithm):
    """EdDSA is the older name of an Ed25519 key."""
    assert not {"W024", "E007", "E033"} & report({"ALGORITHM": algorithm}).keys()


def test_a_token_that_nobody_could_read_is_an_error(report):
    """ML-DSA-87 inside a JWE passes 8 KiB; ML-DSA-65 does not."""
    said = report({"ALGORITHM": "ML-DSA-87", "ENCRYPT": ["access"]})
    assert "ML-DSA-65" in said["E009"]
    assert "E009" not in report({"ALGORITHM": "ML-DSA-65", "ENCRYPT": ["access"]})
    assert "E009" not in report({"ALGORITHM": "ML-DSA-87"})


def test_every_number_is_used_once_and_has_a_hint():
    """Numbers never change: they are in people's SILENCED_SYSTEM_CHECKS."""
    assert all(fault.hint for fault in FAULTS.values())
    folder = Path(checks.__file__).parent
    files = [path for path in folder.rglob("*.py") if path.parent.name != "faults"]
    source = "".join(path.read_text() for path in files)
    assert [number for number in FAULTS if f'"{number}"' not in source] == []
