"""Whoever sends much makes the log say little, and nothing of what they have sent."""

import logging

import pytest
from django.test import Client

from django_jwtkit import keys, tokens
from django_jwtkit.jose import unverified_header
from django_jwtkit.jose.encoding import b64u_encode, dumps

pytestmark = pytest.mark.django_db
LONGEST = 500  # characters of a line, whatever was sent


def forged(size: int) -> str:
    """A token of `size` characters with a kid that signs, and a signature of nobody's."""
    kid = keys.StoredKey.objects.filter(ring_id="access").first().kid
    head = b64u_encode(dumps({"alg": "ES256", "kid": kid, "typ": "at+jwt"}))
    signature = b64u_encode(bytes(64))
    return f"{head}.{'e' * (size - len(head) - len(signature) - 2)}.{signature}"


def noisy(size: int) -> str:
    """Long names in the header, each of which a careless line would repeat."""
    header = {"alg": "A" * (size // 4), "kid": "k" * 128, "typ": "T" * (size // 4)}
    return b64u_encode(dumps(header)) + ".e30.AAAA"


@pytest.mark.threat("AUD-LOG-003")
@pytest.mark.parametrize(
    "make", [forged, noisy, lambda size: "a." * (size // 2), lambda size: "\u202e" * size]
)
@pytest.mark.parametrize("where", ["header", "verify", "revoke", "refresh"])
def test_a_refused_token_is_one_short_line(caplog, make, where):
    """As long as a token may be and longer: one line, which does not grow with it, at most."""
    caplog.set_level(logging.DEBUG, "django_jwtkit")
    client, text = Client(), make(8000)
    for _ in range(5):
        if where == "header":
            client.get("/api/me/", headers={"authorization": f"Bearer {text}"})
        else:
            body = {"token": text, "refresh": text}
            client.post(f"/api/token/{where}/", body, content_type="application/json")
    lines = [record.getMessage() for record in caplog.records if record.name == "django_jwtkit.drf"]
    assert len(lines) <= 5
    assert max(map(len, lines), default=0) < LONGEST


@pytest.mark.threat("AUD-LOG-003")
def test_rubbish_alarms_nobody(caplog):
    """Where a project has set nothing, only what somebody forged or stole reaches the log, as a WARNING."""
    client = Client()
    for text in ("x", "a.b.c", noisy(400), "e30.e30.e30"):
        client.post("/api/token/verify/", {"token": text}, content_type="application/json")
    ours = [record for record in caplog.records if record.name.startswith("django_jwtkit")]
    assert ours == []


@pytest.mark.threat("AUD-LOG-003")
def test_an_unknown_kid_costs_no_line_of_its_own(caplog, django_user_model):
    """A stranger's kids, each another one: the one line of the refusal, and none about looking for a key."""
    caplog.set_level(logging.DEBUG, "django_jwtkit")
    user = django_user_model.objects.create(username="alice")
    head, *rest = tokens.issue(user).split(".")
    alg = unverified_header(".".join((head, *rest)))["alg"]
    for number in range(20):
        header = b64u_encode(dumps({"alg": alg, "kid": f"stranger-{number}", "typ": "at+jwt"}))
        text = ".".join((header, *rest))
        Client().post("/api/token/verify/", {"token": text}, content_type="application/json")
    lines = [record for record in caplog.records if record.name.startswith("django_jwtkit")]
    assert len(lines) == 20
