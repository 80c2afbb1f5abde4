"""The JWK Set of one ring and of a thousand, against a body that is ready."""

from django.http import HttpResponse
from django.test import RequestFactory

from bench.project import stage
from bench.project.settings import JWTKIT
from bench.rounds import Comparison, Contender
from django_jwtkit.wellknown import views

RINGS = 1_000
NAMES = [f"tenant-{number}" for number in range(RINGS)]
TITLE, READY = f"JWKS of {RINGS:,} rings", "a ready body"
SETTINGS = {**JWTKIT, "KEY_RINGS": {name: {"ALGORITHM": "ES256", "PUBLISH": True} for name in NAMES}}


def few() -> list[Comparison]:
    """Under the settings of the project, which publish one ring."""
    return [_comparison("JWKS")]


def many() -> list[Comparison]:
    """Under `SETTINGS`: a key in each ring, all of one key pair."""
    for name in NAMES:
        stage.fill(name, 1, algorithm="ES256")
    return [_comparison(TITLE)]


def _comparison(title: str) -> Comparison:
    request = RequestFactory().get("/.well-known/jwks.json")
    body = views.jwks(request).content

    def ready() -> object:
        return HttpResponse(body, content_type="application/jwk-set+json")

    return Comparison(
        title, [Contender("django_jwtkit", lambda: views.jwks(request)), Contender(READY, ready)]
    )
