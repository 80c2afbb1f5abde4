"""The OpenAPI document that drf-spectacular makes of our endpoints, by its own command."""

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from django_jwtkit.apps import describe_endpoints
from django_jwtkit.contrib.simplejwt import urls as simplejwt_urls
from django_jwtkit.contrib.simplejwt.views import NoSlidingView
from django_jwtkit.drf import cookie_urls, serializers, urls, views
from tests.neighbours.openapi.conftest import make_document

ROOT = Path(__file__).parents[3]
SETTINGS = "tests.neighbours.openapi"
pytestmark = pytest.mark.once


@pytest.mark.parametrize("project", ["settings", "small_settings"])
def test_the_command_finds_no_fault(project):
    """It finds our extensions by itself, in the test project and in one of nothing but our endpoints."""
    command = [sys.executable, "-W", "error", "-m", "django", "spectacular", "--validate", "--fail-on-warn"]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": f"{SETTINGS}.{project}"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "JWTPair" in done.stdout


def test_each_view_of_ours_has_a_row():
    """A new endpoint needs one, and no row is left of a view that is gone."""
    from django_jwtkit.contrib.spectacular.components import dotted_name
    from django_jwtkit.contrib.spectacular.operations import OPERATIONS

    modules = (urls, cookie_urls, simplejwt_urls)
    served = {dotted_name(pattern.callback.cls) for module in modules for pattern in module.urlpatterns}
    assert set(OPERATIONS) == {*served, dotted_name(NoSlidingView)}


def test_simplejwt_s_names_are_not_imported_for_it():
    """`check` tells by that whether a project uses them."""
    code = (
        "import django, sys; from django.conf import settings; "
        "settings.configure(INSTALLED_APPS=['django.contrib.auth', 'django.contrib.contenttypes', "
        "'rest_framework', 'drf_spectacular', 'django_jwtkit'], ROOT_URLCONF='django_jwtkit.drf.urls', "
        "REST_FRAMEWORK={'DEFAULT_AUTHENTICATION_CLASSES': ['django_jwtkit.drf.JWTAuthentication']}); "
        "django.setup(); from drf_spectacular.generators import SchemaGenerator; "
        "assert 'jwtAuth' in str(SchemaGenerator().get_schema(request=None, public=True)); "
        "print([name for name in sys.modules if name.startswith('django_jwtkit.contrib.simplejwt')])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


def test_no_docstring_of_ours_is_shown_to_users_of_the_api(document):
    """They are written for programmers of the project."""
    components = document["components"]
    assert {name for name in components["schemas"] if name.startswith("JWT")} >= {"JWTLogin", "JWTSession"}
    document_text = json.dumps([components["schemas"], document["paths"]])
    sources = [views.base, views.login, views.sessions, views.tokens, views.browser, serializers]
    classes = [each for module in sources for each in vars(module).values() if isinstance(each, type)]
    docs = {each.__doc__ for each in classes if each.__module__.startswith("django_jwtkit") and each.__doc__}
    assert {doc for doc in docs if doc.splitlines()[0] in document_text} == set()


def test_the_security_is_that_of_each_class(document):
    """The header, the cookie with the CSRF token where it is needed, another kind of token."""
    requirements = {
        path.removeprefix("/notes/").strip("/"): operations["get"]["security"]
        for path, operations in document["paths"].items()
        if path.startswith("/notes/")
    }
    header = [{"jwtAuth": []}]
    assert requirements.pop("cookie") == [*header, {"jwtCookieAuth": []}]
    assert requirements.pop("download") == [{"download-of-openapiAuth": []}]
    assert set(map(str, requirements.values())) == {str(header)}
    assert document["paths"]["/browser/logout/all/"]["post"]["security"] == [
        *header,
        {"jwtCookieAuth": [], "csrfToken": []},
    ]
    schemes = document["components"]["securitySchemes"]
    assert schemes["jwtAuth"] == {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    assert (
        schemes["jwtCookieAuth"].items()
        >= {"type": "apiKey", "in": "cookie", "name": "__Host-access"}.items()
    )


def test_the_settings_decide_the_schemes(settings):
    """A cookie of another name; a scheme of the header that is not Bearer."""
    settings.JWTKIT = {"COOKIES": {"ACCESS": "a"}, "AUTH_SCHEMES": ("JWT",)}
    schemes = make_document()["components"]["securitySchemes"]
    assert schemes["jwtCookieAuth"]["name"] == "a"
    assert (schemes["jwtAuth"]["in"], schemes["jwtAuth"]["name"]) == ("header", "Authorization")
    assert '"JWT"' in str(schemes["jwtAuth"]["description"])
    assert schemes["simplejwtAuth"]["scheme"] == "bearer"


def test_an_old_neighbour_is_one_warning_at_the_start(monkeypatch):
    """The site works without the document, so it starts."""
    monkeypatch.setattr(metadata, "version", lambda distribution: "0.1")
    monkeypatch.delitem(sys.modules, "django_jwtkit.contrib.spectacular", raising=False)
    with pytest.warns(UserWarning, match=r'needs drf-spectacular>=0.28: pip install "django-jwtkit\[spectac'):
        describe_endpoints()


def test_without_it_nothing_of_it_is_imported():
    """A project that has it not in INSTALLED_APPS pays nothing."""
    code = "import django, sys; django.setup(); print('drf_spectacular' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
