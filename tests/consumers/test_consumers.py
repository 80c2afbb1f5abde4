"""Services of others verify our tokens, each configured by the example of the page that it is run with."""

import json
import urllib.request
from collections import Counter

import pytest
from django.core.signals import request_started

from django_jwtkit import keys
from django_jwtkit.jose import unverified_header
from tests.consumers import examples, programs
from tests.consumers.examples import PAGE, fenced
from tests.consumers.issuer import Issuer

pytestmark = pytest.mark.django_db(transaction=True)

CONSUMERS = {
    "This package, without Django": programs.python,
    "PyJWT": programs.python,
    "joserfc": programs.python,
    "jose": programs.node,
    "jwks-rsa and jsonwebtoken": programs.node,
    "express-jwt": programs.node,
    "express-oauth2-jwt-bearer": programs.node,
    "@fastify/jwt and get-jwks": programs.node,
    "Apache mod_auth_openidc": programs.apache,
    "HAProxy": programs.haproxy,
    "RabbitMQ": programs.rabbitmq,
}
UNCHECKED = {  # as the page says
    "Apache mod_auth_openidc": {"another type"},
    "RabbitMQ": {"another type", "another issuer", "no issuer"},
}

FORGETFUL = {"Apache mod_auth_openidc", "RabbitMQ"}  # an unknown key ID makes them fetch at once
IMPATIENT = {  # how to have the others not wait for their next fetch
    "This package, without Django": ("", ""),  # it waits only between two unknown key IDs
    "PyJWT": ('jwks.json")', 'jwks.json", cooldown_duration=0)'),
    "jose": ('jwks.json"));', 'jwks.json"), { cooldownDuration: 0 });'),
    "express-oauth2-jwt-bearer": ("tokenSigningAlg:", "cooldownDuration: 0, tokenSigningAlg:"),
}
RUNBOOK = PAGE.with_name("when-a-key-has-leaked.md")


@pytest.fixture
def issuer(live_server, django_user_model, settings, tmp_path):
    """Our project on a port of its own."""
    return Issuer(live_server.url, django_user_model.objects.create_user("alice"), settings, tmp_path)


@pytest.mark.parametrize("heading", CONSUMERS)
def test_a_consumer_accepts_our_tokens_and_no_others(issuer, heading, tmp_path):
    """A good token before and after a forced rotation; none that has a fault, whatever it is."""
    with CONSUMERS[heading](heading, issuer.url, tmp_path) as judge:
        old = issuer.good()
        assert judge(old) == ""
        accepted = {fault for fault, token in issuer.bad().items() if not judge(token)}
        assert accepted == UNCHECKED.get(heading, set())
        issuer.rotate()
        new = issuer.good()
        assert new.split(".")[0] != old.split(".")[0]
        assert judge(new) == ""
        assert judge(old) == ""
        if heading in FORGETFUL:
            check_forgetting(issuer, judge)


def check_forgetting(issuer, judge):
    """A revoked key is accepted from a cache, until the token of the runbook makes its consumer fetch."""
    leaked = issuer.good()
    assert judge(leaked) == ""
    keys.revoke(unverified_header(leaked)["kid"], reason="leaked")
    assert judge(leaked) == ""
    assert judge(fenced(RUNBOOK)["3. Make the consumers fetch"].strip()) != ""
    assert judge(leaked) != ""
    assert judge(issuer.good()) == ""


@pytest.mark.parametrize("heading", IMPATIENT)
def test_an_unknown_key_id_makes_a_consumer_forget(issuer, heading, tmp_path, monkeypatch):
    """Also those that wait between two fetches, here for no time."""
    page = tmp_path / "page.md"
    page.write_text(PAGE.read_text(encoding="utf-8").replace(*IMPATIENT[heading]), encoding="utf-8")
    monkeypatch.setattr(examples, "PAGE", page)
    with CONSUMERS[heading](heading, issuer.url, tmp_path) as judge:
        check_forgetting(issuer, judge)


def test_haproxy_forgets_a_revoked_key(issuer, tmp_path):
    """As the runbook says: export again, write the lines anew, reload."""
    with programs.haproxy("HAProxy", issuer.url, tmp_path) as judge:
        leaked = issuer.good()
        assert judge(leaked) == ""
        keys.revoke(unverified_header(leaked)["kid"], reason="leaked")
        assert judge(leaked) == ""
    with programs.haproxy("HAProxy", issuer.url, tmp_path) as judge:
        assert judge(leaked) != ""
        assert judge(issuer.good()) == ""


def test_a_cache_answers_for_the_jwks(issuer, tmp_path):
    """Thirty requests that differ in their query are one to us; all else goes through."""
    paths = []

    def note(environ, **_):
        paths.append(environ["PATH_INFO"])

    django = f"backend django\n    mode http\n    server django {issuer.url.removeprefix('http://')}\n"
    request_started.connect(note)
    try:
        with programs.run_haproxy(fenced(PAGE)["A cache before the JWKS"] + django, tmp_path) as port:
            site = f"http://127.0.0.1:{port}/.well-known"
            answers = {fetch(f"{site}/jwks.json?forged={number}") for number in range(30)}
            for _ in range(2):
                fetch(f"{site}/openid-configuration")
    finally:
        request_started.disconnect(note)
    assert [json.loads(answer) for answer in answers] == [keys.jwks()]
    assert Counter(paths) == {"/.well-known/jwks.json": 1, "/.well-known/openid-configuration": 2}


def fetch(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read()


DISCOVERY = """
import {{ allowInsecureRequests, discovery }} from "openid-client";
export async function verify() {{
  const found = await discovery(new URL("{url}"), "web", undefined, undefined, {{
    algorithm: "{algorithm}", execute: [allowInsecureRequests],
  }});
  return found.serverMetadata();
}}
"""


@pytest.mark.parametrize("algorithm", ["oidc", "oauth2"])
def test_openid_client_discovers_our_metadata(issuer, algorithm, tmp_path):
    """At the place of either standard."""
    module = DISCOVERY.format(url=issuer.url, algorithm=algorithm)
    with programs.module_of_node(module, tmp_path) as ask:
        metadata = json.loads(ask("")["accepted"])
    assert metadata["issuer"] == issuer.url
    assert metadata["jwks_uri"] == f"{issuer.url}/.well-known/jwks.json"


def test_every_example_is_run_or_says_that_it_is_not():
    """A new heading of the page comes into the table above, or below "Not run here"."""
    headings = list(fenced(PAGE))
    assert set(CONSUMERS) == set(
        headings[headings.index("This package, without Django") : headings.index("A cache before the JWKS")]
    )
