"""drf-yasg beside our views: it makes its pages of them without a complaint, drf-spectacular or not."""

import logging

import pytest
from django.urls import include, path

from django_jwtkit.contrib.simplejwt.views import TokenObtainSlidingView
from tests.neighbours.stories import follow

pytest.importorskip("drf_yasg", reason="drf-yasg is not installed: tox -e neighbours-api")
pytestmark = [
    pytest.mark.once,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:drf_yasg"),
]

URLS = [
    path("api/", include("django_jwtkit.drf.urls")),
    path("browser/", include("django_jwtkit.drf.cookie_urls", namespace="browser")),
    path("sliding/", TokenObtainSlidingView.as_view()),
    path("old/", include("django_jwtkit.contrib.simplejwt.urls")),
]


def test_its_pages_are_made_without_a_traceback(caplog, settings):
    """Each path is there; nothing is logged."""
    from drf_yasg import openapi
    from drf_yasg.generators import OpenAPISchemaGenerator

    settings.SWAGGER_SETTINGS = follow("openapi", 1, {}, start=5)["SWAGGER_SETTINGS"]
    settings.REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["django_jwtkit.drf.JWTAuthentication"]}
    with caplog.at_level(logging.INFO):
        generator = OpenAPISchemaGenerator(openapi.Info("Shop", "1"), patterns=URLS)
        document = generator.get_schema(request=None, public=True)
    assert caplog.records == []
    assert document["securityDefinitions"]["Bearer"]["name"] == "Authorization"
    assert len(document.paths) == 9 + 7 + 1 + 4
