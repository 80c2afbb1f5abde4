"""A project with all our endpoints, the document of it, and a client that compares the two."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.test import Client

ROOT = Path(__file__).parents[3]
PASSWORD = "correct horse battery staple"  # of fresh_logins.py too


@pytest.fixture(autouse=True)
def project(settings: Any) -> Iterator[None]:
    settings.ROOT_URLCONF = "tests.neighbours.openapi.urls"
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    }
    cache.clear()
    yield
    cache.clear()


# `extend_schema` builds on the project's schema class at import: import no decorated view before the fixture.


@pytest.fixture
def alice(db: None) -> Any:
    """A user who may introspect tokens."""
    alice = get_user_model().objects.create_user("alice", password=PASSWORD)
    alice.user_permissions.add(Permission.objects.get(codename="introspect_token"))
    return alice


def make_document() -> dict[str, Any]:
    """Return the document under the settings of now; none of its warnings is overlooked."""
    from drf_spectacular.drainage import GENERATOR_STATS
    from drf_spectacular.generators import SchemaGenerator

    import django_jwtkit.contrib.spectacular  # noqa: F401 - the AppConfig does so, where it is an app

    with GENERATOR_STATS.silence():
        document = SchemaGenerator().get_schema(request=None, public=True)
        assert not GENERATOR_STATS, [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]
    return dict(document)


@pytest.fixture
def document(project: None) -> dict[str, Any]:
    return make_document()


def run(folder: Path, *command: object, **environment: str) -> str:
    """Return what `python -m` has printed. It may leave files in `folder`, its working directory."""
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Comparison:
    """A client whose every answer must be one that the document promises."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.answers: set[tuple[str, str, int]] = set()
        self.client = Client(enforce_csrf_checks=True)

    def ask(self, status: int, method: str, path: str, body: object = b"", **headers: str) -> Any:
        """Return the answer's body, after its status and its body have been compared."""
        kind = headers.pop("content_type", "application/json")
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        response = self.client.generic(method, path, data, content_type=kind, headers=headers)
        assert response.status_code == status, (method, path, response.content)
        template = self._template(path)
        promised = self.document["paths"][template][method.lower()]["responses"]
        assert str(status) in promised, (method, template, response.content)
        self.answers.add((template, method, status))
        return self._compare(response, promised[str(status)])

    def missing(self, prefix: str) -> set[tuple[str, str, int]]:
        """Return what the document promises under `prefix`, and no answer has been."""
        promised = {
            (path, method.upper(), int(status))
            for path, operations in self.document["paths"].items()
            if path.startswith(prefix)
            for method, operation in operations.items()
            for status in operation["responses"]
        }
        return promised - self.answers

    def _template(self, path: str) -> str:
        return next(
            each for each in self.document["paths"] if re.fullmatch(re.sub(r"{\w+}", r"[^/]+", each), path)
        )

    def _compare(self, response: Any, promised: dict[str, Any]) -> Any:
        for name in promised.get("headers", {}):
            assert name in response.headers
        if "content" not in promised:
            assert response.content == b""
            return None
        ((kind, media),) = promised["content"].items()
        assert response.headers["Content-Type"] == kind
        body = response.json()
        validate(body, media["schema"], self.document)
        return body


def validate(body: object, schema: dict[str, Any], document: dict[str, Any]) -> None:
    """Raise unless `body` is of `schema`, in which each object has only the members that are named."""
    from jsonschema import Draft202012Validator, FormatChecker

    strict = _strict({**schema, "components": document["components"]})
    Draft202012Validator(strict, format_checker=FormatChecker(["uuid"])).validate(body)


def _strict(node: Any) -> Any:
    """Return `node` as JSON Schema, in which no member is a surprise."""
    if isinstance(node, list):
        return [_strict(each) for each in node]
    if not isinstance(node, dict):
        return node
    copy = {name: _strict(value) for name, value in node.items()}
    if copy.pop("nullable", False):
        copy["type"] = [copy["type"], "null"]
    if copy.get("type") == "object":
        copy.setdefault("additionalProperties", False)
    return copy


@pytest.fixture
def comparison(document: dict[str, Any]) -> Comparison:
    return Comparison(document)
