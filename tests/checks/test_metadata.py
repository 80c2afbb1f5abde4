"""`check` says where the metadata of ISSUER cannot be found by a client that begins there."""

import pytest
from django.urls import include, path

urlpatterns = [path("auth/", include("django_jwtkit.wellknown.urls"))]


@pytest.mark.parametrize(
    ("hosts", "is_warned"),
    [
        (["api.example.com"], False),
        ([".example.com"], False),
        (["*"], False),
        ([], False),
        (["localhost"], False),
        (["other"], True),
    ],
)
def test_the_host_of_the_issuer_is_answered_for(report, hosts, is_warned):
    issuer = {"ISSUER": "https://api.example.com"}
    assert ("W055" in report(issuer, ALLOWED_HOSTS=hosts)) is is_warned


@pytest.mark.parametrize("where", ["", "/tenants/a"])
def test_at_the_root_every_path_is_served(report, where):
    assert "W056" not in report({"ISSUER": f"https://api.example.com{where}"})


@pytest.mark.urls("tests.checks.test_metadata")
@pytest.mark.parametrize(
    ("where", "is_warned"), [("/auth", False), ("/auth/", False), ("", True), ("/x", True)]
)
def test_below_a_prefix_the_issuer_has_its_path(report, where, is_warned):
    assert ("W056" in report({"ISSUER": f"https://api.example.com{where}"})) is is_warned
