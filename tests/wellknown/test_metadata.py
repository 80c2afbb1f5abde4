"""The metadata of our issuer say what is really served, where the two standards look for it."""

import pytest
from django.test import Client

ISS = "https://api.example.com"
PLACES = ["/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"]


@pytest.fixture
def get(settings, db):
    def get(path, issuer=ISS, **headers):
        settings.JWTKIT = {"ISSUER": issuer}
        return Client().get(path, headers=headers)

    return get


@pytest.mark.parametrize("place", PLACES)
def test_the_metadata_name_what_is_served(get, place):
    answer = get(place)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {
        "issuer": ISS,
        "jwks_uri": f"{ISS}/.well-known/jwks.json",
        "response_types_supported": [],
        "grant_types_supported": [],
        "introspection_endpoint": f"{ISS}/api/token/introspect/",
        "revocation_endpoint": f"{ISS}/api/token/revoke/",
    }


@pytest.mark.urls("django_jwtkit.wellknown.urls")
@pytest.mark.parametrize("place", PLACES)
def test_an_endpoint_that_is_not_included_is_not_named(get, place):
    assert get(place).json().keys() == {
        "issuer",
        "jwks_uri",
        "response_types_supported",
        "grant_types_supported",
    }


@pytest.mark.parametrize("place", PLACES)
def test_without_an_issuer_there_are_none(get, place):
    assert get(place, issuer=None).status_code == 404


@pytest.mark.parametrize(
    ("place", "status"),
    [
        ("/.well-known/oauth-authorization-server/tenants/a", 200),
        ("/tenants/a/.well-known/openid-configuration", 200),
        ("/.well-known/oauth-authorization-server", 200),
        ("/.well-known/openid-configuration", 200),
        ("/.well-known/oauth-authorization-server/tenants/b", 404),
        ("/tenants/b/.well-known/openid-configuration", 404),
        ("/tenants/.well-known/openid-configuration", 404),
    ],
)
def test_an_issuer_with_a_path_has_two_more_places(get, place, status):
    answer = get(place, issuer=f"{ISS}/tenants/a")
    assert answer.status_code == status
    if status == 200:
        assert answer.json()["issuer"] == f"{ISS}/tenants/a"
        assert answer.json()["jwks_uri"] == f"{ISS}/.well-known/jwks.json"


@pytest.mark.parametrize("place", [*PLACES, "/.well-known/jwks.json"])
def test_the_documents_are_cached_and_open_to_every_origin(get, place):
    answer = get(place)
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    again = get(place, **{"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert {each.headers["Access-Control-Allow-Origin"] for each in (answer, again)} == {"*"}


@pytest.mark.parametrize("place", [*PLACES, "/.well-known/jwks.json"])
def test_a_browser_may_ask_with_headers_of_its_own(get, place, settings):
    settings.JWTKIT = {"ISSUER": ISS}
    answer = Client().options(place, headers={"access-control-request-headers": "x-trace"})
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Headers"] == "*"
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]
    assert Client().post(place).status_code == 405
