"""An outage of an issuer is a 503 that says when to try again, whatever its kind and whoever asks."""

import http.cookies
from datetime import timedelta

import pytest
from django.conf import settings as project
from django.test import Client

from django_jwtkit import issuers
from django_jwtkit.errors import KeySetUnavailable
from django_jwtkit.issuers import TrustedKeySet
from django_jwtkit.jose import Key
from tests.jose.remote.publisher import unused_port

from .conftest import KEY, NOW, sign

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.issuers.project")]
MIDDLEWARE = [*project.MIDDLEWARE, "django_jwtkit.middleware.JWTMiddleware"]
COOLDOWN = 30


@pytest.fixture
def away(trust, settings):
    """The issuer's keys cannot be fetched."""
    trust(JWKS_URL=f"http://127.0.0.1:{unused_port()}/", PRIVATE_ADDRESSES=True)
    settings.JWTKIT = {**settings.JWTKIT, "COOKIES": {}}


def header(path):
    return Client().get(path, headers={"Authorization": f"Bearer {sign()}"})


def cookie(path):
    client = Client()
    client.cookies = http.cookies.SimpleCookie({"__Host-access": sign()})
    return client.get(path)


@pytest.mark.parametrize(
    ("ask", "path", "has_middleware"),
    [
        (header, "/me/", False),
        (header, "/stateless/", False),
        (header, "/cookie/", False),
        (cookie, "/cookie/", False),
        (header, "/plain/", True),
        (cookie, "/plain/", True),
    ],
)
def test_every_face_says_when_to_try_again(away, settings, ask, path, has_middleware):
    if has_middleware:
        settings.MIDDLEWARE = MIDDLEWARE
    answer = ask(path)
    assert answer.status_code == 503
    assert answer.json() == {"detail": "Token service is unavailable"}
    assert 0 < int(answer.headers["Retry-After"]) <= COOLDOWN
    assert "WWW-Authenticate" not in answer.headers
    assert not answer.cookies


def test_the_wait_is_what_is_left_of_the_cooldown(away):
    waits = []
    for later in (0, 10, 29.5):
        with pytest.raises(KeySetUnavailable) as caught:
            issuers.verify(sign(), now=NOW + later)
        waits.append(caught.value.retry_after)
    assert waits == [COOLDOWN, COOLDOWN - 10, 1]


def test_any_other_503_names_no_time(trust, settings):
    """Nobody knows when an operator comes."""
    trust(JWKS="/nowhere/at/all.json")
    answer = header("/me/")
    assert answer.status_code == 503
    assert "Retry-After" not in answer.headers


def closes(handler):
    handler.connection.close()


def hangs(handler):
    handler.rfile.read(1)  # until the other side has had enough


def redirects(handler):
    handler.answer(b"", 302, Location="https://evil.example.com/jwks.json")


KINDS = {
    "an error": lambda handler: handler.answer(b"out of order", 500),
    "nothing there": lambda handler: handler.answer(b"", 404),
    "a page": lambda handler: handler.answer(b"<html>Maintenance</html>"),
    "an empty set": lambda handler: handler.answer(b'{"keys": []}'),
    "a redirect": redirects,
    "too long": lambda handler: handler.answer(b" " * 300_000),
    "closed in the middle": closes,
    "no answer in time": hangs,
}


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_outage_takes_a_known_key_away(trust, publisher, kind):
    """Nor lets one in: a new key waits, and so does a process that has none."""
    patience = timedelta(seconds=1 if KINDS[kind] is hangs else 30)
    trust(JWKS_URL=publisher.url, PRIVATE_ADDRESSES=True, TIMEOUT=patience)
    publisher.publish(KEY)
    assert issuers.verify(sign()).subject == "7"
    publisher.behaviour = KINDS[kind]
    with pytest.raises(KeySetUnavailable):
        issuers.verify(sign(key=Key.generate("ES256", kid="new")))
    assert issuers.verify(sign()).subject == "7"
    TrustedKeySet.objects.all().delete()
    issuers.forget()
    with pytest.raises(KeySetUnavailable):
        issuers.verify(sign())
