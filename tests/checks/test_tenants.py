"""Tenants in one process: what `check` says of their settings."""

import pytest


@pytest.fixture
def by_schema(settings, monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django_tenants.postgresql_backend")


def no_scope():
    raise LookupError("no tenant is current")


async def later():
    return "acme"


def of_request(request):
    return request.tenant


@pytest.mark.threat("TEN-002")
@pytest.mark.parametrize(
    "project",
    [
        {"TENANT_APPS": ["django_jwtkit"]},
        {"TENANT_APPS": ["django_jwtkit.apps.JWTKitConfig"]},
        {"TENANT_TYPES": {"public": {"APPS": []}, "big": {"APPS": ["django_jwtkit"]}}},
    ],
    ids=str,
)
def test_schemas_without_a_scope_are_an_error(report, by_schema, project):
    """A user of one tenant would be a user of another."""
    assert "KEYRING_SCOPE" in report(**project)["E021"]
    assert report({"KEYRING_SCOPE": "os.getcwd"}, **project) == {}


def test_schemas_that_share_their_keys_and_users_need_no_scope(report, by_schema):
    """Our app is in the public schema only."""
    assert report(TENANT_APPS=["shop"], SHARED_APPS=["django_jwtkit"]) == {}


@pytest.mark.parametrize(("name", "why"), [("later", "coroutine"), ("of_request", "arguments")])
def test_a_function_that_cannot_answer(report, name, why):
    """It is called without arguments, and waits for nobody."""
    assert why in report({"KEYRING_SCOPE": f"{__name__}.{name}"})["E022"]


@pytest.mark.django_db
def test_a_function_that_answers_in_requests_only_stops_no_migrate(report):
    """A warning, since `migrate` stops at errors; and no check of the rows breaks."""
    said = report({"KEYRING_SCOPE": f"{__name__}.no_scope"}, databases=["default"])
    assert set(said) == {"W015"}
    assert "LookupError" in said["W015"]
    assert report({"KEYRING_SCOPE": f"{__name__}.no_scope"}) == {}
