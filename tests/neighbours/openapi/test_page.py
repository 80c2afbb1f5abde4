"""The page docs/openapi.md, block by block: the document, a generated client, the browsable API."""

import importlib
import json
import sys
from types import ModuleType

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import include, path
from django.utils.module_loading import import_string
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from django_jwtkit import sessions
from testproject import settings as project
from tests.neighbours.openapi.conftest import run
from tests.neighbours.stories import follow

pytestmark = pytest.mark.once
PAGE = "openapi"
SETTINGS, URLS, LOGIN, AUTHENTICATION, CLIENT, YASG, BROWSABLE = range(7)  # the blocks; test_yasg has one
URLCONF = "shop_urls_of_openapi"


@pytest.fixture
def shop(settings, monkeypatch):
    """The project of the page: its settings and its urls."""
    names = follow(PAGE, 1, {"INSTALLED_APPS": list(project.INSTALLED_APPS)}, start=SETTINGS)
    for name in ("INSTALLED_APPS", "REST_FRAMEWORK", "SPECTACULAR_SETTINGS"):
        setattr(settings, name, names[name])
    module = ModuleType(URLCONF)
    module.urlpatterns = follow(PAGE, 1, {}, start=URLS)["urlpatterns"]
    monkeypatch.setitem(sys.modules, URLCONF, module)
    settings.ROOT_URLCONF = URLCONF
    return names


@pytest.fixture
def alice(db):
    return get_user_model().objects.create_user("alice", password="correct horse")


def document_of(patterns=None):
    from drf_spectacular.drainage import GENERATOR_STATS
    from drf_spectacular.generators import SchemaGenerator

    with GENERATOR_STATS.silence():
        document = SchemaGenerator(patterns=patterns).get_schema(request=None, public=True)
        assert not GENERATOR_STATS
    return document


def test_the_pages_of_the_document_are_served(shop, alice, client):
    """Swagger UI finds the document."""
    assert b'url: "/schema/"' in client.get("/docs/").content
    assert b"JWTLogin" in client.get("/schema/").content


def test_a_login_view_of_the_project_s_own(shop):
    """It adds a member to the answer; the refusals are as before."""
    view = follow(PAGE, 1, {}, start=LOGIN)["LoginView"]
    document = document_of(
        [path("login/", view.as_view()), path("other/", include("django_jwtkit.drf.urls"))]
    )
    answers = document["paths"]["/login/"]["post"]["responses"]
    assert answers["200"]["content"]["application/json"]["schema"]["$ref"].endswith("/LoginWithName")
    assert "name" in document["components"]["schemas"]["LoginWithName"]["properties"]


def test_an_authentication_class_of_the_project_s_own(shop):
    """Its extension comes before ours."""
    names = follow(PAGE, 1, {}, start=AUTHENTICATION)

    class View(APIView):
        authentication_classes = (names["GatewayAuthentication"],)
        permission_classes = (IsAuthenticated,)
        serializer_class = None

        def delete(self, request): ...

    document = document_of([path("it/", View.as_view())])
    assert document["components"]["securitySchemes"]["gatewayToken"]["name"] == "X-API-Token"
    assert document["paths"]["/it/"]["delete"]["security"] == [{"gatewayToken": []}]


def test_a_generated_client_logs_in_calls_and_refreshes(shop, live_server, alice, tmp_path, monkeypatch):
    """By openapi-python-client, with typed bodies; refusals are values of their own type."""
    pytest.importorskip("openapi_python_client", reason="tox -e neighbours-api")
    file, configuration = tmp_path / "openapi.json", tmp_path / "client.yaml"
    file.write_text(json.dumps(document_of()), encoding="utf-8")
    configuration.write_text("post_hooks: []\n", encoding="utf-8")  # no formatter is installed
    options = ("--path", file, "--meta", "none", "--output-path", tmp_path / "shop_client")
    run(
        tmp_path,
        "openapi_python_client",
        "generate",
        *options,
        "--config",
        configuration,
        "--fail-on-warning",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    names = follow(PAGE, 1, {"base_url": live_server.url}, start=CLIENT)

    session = sessions.rows().get()
    assert (names["session"].id, names["session"].current) == (session.pk, True)
    models = importlib.import_module("shop_client.models")
    with names["AuthenticatedClient"](live_server.url, names["pair"].access) as client:
        logout = importlib.import_module("shop_client.api.api.api_logout_create")
        assert logout.sync(client=client) is None
        refusal = logout.sync(client=client)
    assert (type(refusal), refusal.code) == (models.JWTRefusal, "token_not_valid")


class OrdersView(APIView):
    """A view of the project with DRF's own renderers."""

    permission_classes = (IsAuthenticated,)

    def get(self, request):
        return Response([request.user.get_username()])


@pytest.mark.parametrize("reads_session", [False, True])
def test_the_browsable_api_needs_a_session(settings, alice, monkeypatch, reads_session):
    """Without it the page stays a 401 after the login; programs go on with their token."""
    if reads_session:
        settings.REST_FRAMEWORK = follow(PAGE, 1, {}, start=BROWSABLE)["REST_FRAMEWORK"]
    names = settings.REST_FRAMEWORK["DEFAULT_AUTHENTICATION_CLASSES"]
    view = OrdersView.as_view(authentication_classes=[import_string(name) for name in names])
    module = ModuleType(URLCONF)
    module.urlpatterns = [path("orders/", view), path("", include("rest_framework.urls"))]
    monkeypatch.setitem(sys.modules, URLCONF, module)
    settings.ROOT_URLCONF = URLCONF
    browser = Client(headers={"accept": "text/html"})
    page = browser.get("/orders/")
    assert (page.status_code, page.headers["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
    browser.post("/login/?next=/orders/", {"username": "alice", "password": "correct horse"})
    assert browser.get("/orders/").status_code == (200 if reads_session else 401)
    token = sessions.start(alice).access
    answer = Client().get("/orders/", headers={"authorization": f"Bearer {token}"})
    assert answer.json() == ["alice"]
