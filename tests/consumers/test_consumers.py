"""Services of others verify our tokens, each configured by the example of the page that it is run with."""

import json

import pytest

from tests.consumers import programs
from tests.consumers.examples import examples
from tests.consumers.issuer import Issuer

pytestmark = pytest.mark.django_db(transaction=True)

CONSUMERS = {
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
    headings = list(examples())
    assert set(CONSUMERS) == set(headings[headings.index("PyJWT") : headings.index("Spring")])
