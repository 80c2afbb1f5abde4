"""An entry of TRUSTED_ISSUERS that does not say what it must is refused, with the name of the setting."""

from datetime import timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from django_jwtkit.conf import conf, find_problems

from .conftest import ISS

BAD = {
    "AUDIENCE": [None, "", [], 7, {"a", "b"}],
    "AUDIENCE_CLAIM": ["scope", None, 7],
    "REQUIRE": [[], {"": 1}, {"a": None}, {"a": []}, {"a": {}}, {(): 1}, {("a", ""): 1}],
    "ALGORITHMS": ["RS256", [], ["HS256"], ["none"], ["RS256", "nonsense"], ["ECDH-ES"]],
    "TYP": ["JWT", [], [""], [7]],
    "JWKS_URL": [7, ""],
    "DISCOVERY_URL": [7, ""],
    "JWKS": [7, "", []],
    "ALIASES": ["x", [7]],
    "TENANTS": ["x", [7], [""]],
    "KEY_USE": [None, ""],
    "ISSUER_FROM": ["aud", None],
    "SUBJECT_CLAIM": [None, "", [], [7]],
    "USER": [None, ""],
    "SCOPE_CLAIM": ["", [], 7],
    "GROUPS_CLAIM": ["", [], [7]],
    "GROUPS": [[], {"a": 1}, {1: "a"}],
    "PERMISSIONS_CLAIM": ["", []],
    "LEEWAY": [30, timedelta(minutes=6), timedelta(seconds=-1)],
    "MAX_AGE": [30, timedelta(0)],
    "MAX_LENGTH": [0, 100_000, "16", True],
    "REFRESH_EVERY": [600, timedelta(milliseconds=999)],
    "COOLDOWN": [30, timedelta(0)],
    "TIMEOUT": [5, timedelta(0)],
    "MAX_STALE": [5, timedelta(0)],
    "CA_FILE": ["", 7],
    "BEARER_FILE": ["", 7],
    "PRIVATE_ADDRESSES": [1, None, "yes"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in BAD.items() for value in values]
)
def test_a_value_that_does_not_fit_is_named(name, value):
    entry = {"AUDIENCE": "orders", name: value}
    (problem,) = find_problems({"TRUSTED_ISSUERS": {ISS: entry}})
    assert problem.message.startswith(f"TRUSTED_ISSUERS[{ISS!r}].{name} must ")


def test_the_audience_has_no_default():
    (problem,) = find_problems({"TRUSTED_ISSUERS": {ISS: {}}})
    assert problem.message == f"TRUSTED_ISSUERS[{ISS!r}].AUDIENCE is required"


def test_a_name_that_is_no_setting_gets_the_nearest():
    (problem,) = find_problems({"TRUSTED_ISSUERS": {ISS: {"AUDIENCE": "a", "JWKS_URI": "https://a.example"}}})
    assert "JWKS_URL" in problem.hint


@pytest.mark.parametrize("value", [None, [], {"": {}}, {7: {}}, {ISS: None}, {"x" * 256: {}}])
def test_the_table_is_a_dict_of_dicts(value, settings):
    settings.JWTKIT = {"TRUSTED_ISSUERS": value}
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_ISSUERS must be a dict of dicts"):
        conf()
