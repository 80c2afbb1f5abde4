"""TRUSTED_ISSUERS: `check` reports an entry that lets in nobody, or anybody, without asking the network."""

from datetime import timedelta

import pytest

from django_jwtkit.jose import Key, KeySet

ISS = "https://sso.example.com/realms/acme"
GITHUB = "https://token.actions.githubusercontent.com"
JWKS = KeySet([Key.generate("ES256", kid="k").public()]).to_dict()


def jwtkit(*, issuer="https://api.example.com", **entries):
    trusted = {name: {"AUDIENCE": "orders", **entry} for name, entry in entries.items()}
    return {"ISSUER": issuer, "TRUSTED_ISSUERS": trusted}


def entry_of(iss=ISS, **entry):
    return jwtkit(**{iss: entry})


def test_a_good_entry_is_no_fault(report):
    assert report(entry_of()) == {}
    assert report(entry_of(JWKS=JWKS)) == {}


@pytest.mark.parametrize("issuer", [None, ISS])
def test_our_own_issuer_is_named_and_is_none_of_them(report, issuer):
    assert "E040" in report(jwtkit(issuer=issuer, **{ISS: {}}))


def test_an_alias_is_named_once(report):
    assert "E041" in report(jwtkit(**{ISS: {}, "https://b.example": {"ALIASES": [ISS]}}))


@pytest.mark.parametrize(
    ("iss", "entry"),
    [
        ("http://sso.example.com", {}),
        ("sso.example.com", {}),
        ("spiffe://example.org", {}),
        (ISS, {"JWKS_URL": "http://sso.example.com/jwks"}),
        (ISS, {"DISCOVERY_URL": "ftp://sso.example.com/"}),
        (ISS, {"JWKS_URL": "https://user@sso.example.com/jwks"}),
    ],
)
def test_an_address_that_must_not_be_asked_is_an_error(report, iss, entry):
    assert "E042" in report(entry_of(iss, **entry))


def test_a_loopback_address_is_for_private_addresses(report):
    assert "E042" not in report(entry_of("http://127.0.0.1:8080", PRIVATE_ADDRESSES=True))


def test_an_issuer_that_is_no_url_may_have_keys_elsewhere(report):
    entry = {"JWKS_URL": "https://example.org/bundle", "ISSUER_FROM": "sub", "KEY_USE": "jwt-svid"}
    assert "E042" not in report(entry_of("spiffe://example.org", **entry))


@pytest.mark.parametrize(
    ("iss", "tenants"), [("https://login.example/{tenantid}/v2.0", []), ("https://login.example/v2.0", ["a"])]
)
def test_tenants_and_their_placeholder_come_together(report, iss, tenants):
    assert "E043" in report(entry_of(iss, TENANTS=tenants))


@pytest.mark.parametrize("name", ["JWKS", "CA_FILE", "BEARER_FILE"])
def test_a_file_that_is_missing_is_an_error(report, name):
    assert name in report(entry_of(**{name: "/nowhere/at/all"}))["E044"]


@pytest.mark.parametrize("iss", [GITHUB, "https://gitlab.com"])
def test_a_shared_issuer_needs_more_than_an_audience(report, iss):
    for mode in ({}, {"USER": "create"}, {"USER": "stateless"}):
        assert "REQUIRE" in report(entry_of(iss, **mode))["E045"]
    assert "E045" not in report(entry_of(iss, REQUIRE={"repository_id": "74"}))
    assert "E045" not in report(entry_of(iss, USER="tests.issuers.users.by_email"))


@pytest.mark.parametrize("path", ["nowhere.at.all", "nonsense", "tests.issuers.users.__doc__"])
def test_a_function_that_is_not_there_is_an_error(report, path):
    assert path in report(entry_of(USER=path))["E046"]


@pytest.mark.parametrize(
    ("number", "iss", "entry"),
    [
        ("W050", "https://acme.eu.auth0.com", {}),
        ("W051", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A", {}),
        ("W052", ISS, {"LEEWAY": timedelta(minutes=2)}),
    ],
)
def test_what_is_easily_missed_is_a_warning(report, number, iss, entry):
    assert number in report(entry_of(iss, **entry))


def test_a_session_check_that_cannot_apply_is_a_warning(report):
    assert "W053" in report({**entry_of(), "CHECK_SESSION": True})


@pytest.mark.parametrize("iss", ["https://accounts.google.com", "https://login.example.com/common/v2.0"])
def test_a_public_issuer_that_makes_users_is_a_deploy_warning(report, iss):
    assert "W054" in report(entry_of(iss, USER="create"), deploy=True)
    assert "W054" not in report(entry_of(iss, USER="create", REQUIRE={"hd": "example.com"}), deploy=True)
    assert "W054" not in report(entry_of(iss), deploy=True)
