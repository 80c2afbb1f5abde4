"""The keys of an issuer come from where its metadata say, and all processes share what one has fetched."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from django_jwtkit import issuers
from django_jwtkit.errors import ServiceUnavailable, UnknownKey
from django_jwtkit.issuers import TrustedKeySet
from django_jwtkit.issuers.published import metadata_urls
from django_jwtkit.issuers.published.row import Row
from django_jwtkit.jose import Key
from django_jwtkit.signals import issuer_keys_changed
from tests.jose.remote.publisher import unused_port

from .conftest import KEY, NOW, jwks, sign

pytestmark = pytest.mark.django_db(transaction=True)

SECOND = Key.generate("ES256", kid="k2")
PATIENCE = timedelta(seconds=30)  # on a busy machine


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setitem(globals(), "NOW", int(time.time()))


class Provider:
    """An identity provider: its metadata, and its keys at another path."""

    def __init__(self, server):
        self.server = server
        self.iss = server.url.removesuffix("/jwks.json") + "/realms/acme"
        self.keys = [KEY]
        self.metadata = {"issuer": self.iss, "jwks_uri": server.url}
        self.is_down = False
        self.places = ["/realms/acme/.well-known/openid-configuration"]
        server.behaviour = self._answer

    def _answer(self, handler):
        if self.is_down:
            handler.answer(b"", 503)
        elif handler.path in self.places:
            handler.answer(json.dumps(self.metadata).encode())
        elif handler.path == "/jwks.json":
            handler.answer(json.dumps(jwks(*self.keys)).encode())
        else:
            handler.answer(b"", 404)

    def paths(self):
        return [path for path, _ in self.server.requests]


@pytest.fixture
def provider(publisher):
    return Provider(publisher)


@pytest.fixture
def trusted(provider, trust):
    """Return a function that verifies a token of the provider, whose entry asks the network."""

    def set_entry(**entry):
        trust(provider.iss, **{"DISCOVERY_URL": None, "PRIVATE_ADDRESSES": True, **entry})

    set_entry()

    def verify(key=KEY, now=None):
        return issuers.verify(sign(iss=provider.iss, key=key, exp=NOW + 200_000), now)

    verify.set_entry = set_entry
    return verify


def restart():
    """Forget what a process knows, as a new one would."""
    issuers.forget()


@pytest.mark.parametrize(
    ("issuer", "places"),
    [
        (
            "https://a.example/realms/x",
            [
                "https://a.example/realms/x/.well-known/openid-configuration",
                "https://a.example/.well-known/oauth-authorization-server/realms/x",
                "https://a.example/realms/x/.well-known/oauth-authorization-server",
            ],
        ),
        (
            "https://a.example/",
            [
                "https://a.example/.well-known/openid-configuration",
                "https://a.example/.well-known/oauth-authorization-server",
            ],
        ),
    ],
)
def test_metadata_lie_where_the_two_standards_put_them(issuer, places):
    assert list(metadata_urls(issuer)) == places


@pytest.mark.parametrize(
    "place",
    [
        "/realms/acme/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/realms/acme",
        "/realms/acme/.well-known/oauth-authorization-server",
    ],
)
def test_the_keys_are_discovered(trusted, provider, place):
    provider.places = [place]
    assert trusted().subject == "7"
    assert trusted().subject == "7"
    assert provider.paths()[-2:] == [place, "/jwks.json"]


@pytest.mark.threat("SSRF-013")
@pytest.mark.parametrize("named", ["https://evil.example", None, "", 7])
def test_metadata_of_another_issuer_are_not_believed(trusted, provider, named):
    provider.metadata["issuer"] = named
    with pytest.raises(ServiceUnavailable, match="names the issuer"):
        trusted()
    assert "/jwks.json" not in provider.paths()


@pytest.mark.parametrize("jwks_uri", [None, "", "ftp://a.example/", "http://10.0.0.1/", 7, "/jwks.json"])
def test_an_address_that_must_not_be_asked_is_not_asked(trusted, provider, jwks_uri):
    provider.metadata["jwks_uri"] = jwks_uri
    with pytest.raises(ServiceUnavailable):
        trusted()


def test_a_restart_asks_the_table_and_not_the_provider(trusted, provider):
    trusted()
    provider.is_down = True
    restart()
    assert trusted().subject == "7"
    assert len(provider.paths()) == 2


def test_processes_that_start_together_share_one_budget(trusted, provider):
    """A forged key costs one fetch for all of them."""
    trusted()
    for _ in range(3):
        restart()
        with pytest.raises(UnknownKey):
            trusted(SECOND, NOW + 31)
    assert provider.paths().count("/jwks.json") == 2


def test_what_one_process_has_fetched_another_finds(trusted, provider):
    trusted()
    (row,) = TrustedKeySet.objects.all()
    assert (row.issuer, row.jwks_url, row.error) == (provider.iss, provider.server.url, "")
    later = row.fetched_at + timedelta(seconds=40)
    body = json.dumps(jwks(KEY, SECOND))
    TrustedKeySet.objects.update(body=body, fetched_at=later, tried_at=later)
    assert trusted(SECOND, later.timestamp()).subject == "7"
    assert len(provider.paths()) == 2


def test_keys_that_move_to_another_host_are_refused(trusted, provider):
    """Anyone who controls the metadata would otherwise bring keys of their own."""
    trusted()
    provider.metadata["jwks_uri"] = f"http://127.0.0.1:{unused_port()}/jwks.json"
    with pytest.raises(ServiceUnavailable, match=r"check_issuer .* --accept"):
        trusted(SECOND)
    assert trusted().subject == "7"


def test_an_outage_is_not_the_tokens_fault(trusted, provider):
    trusted()
    provider.is_down = True
    assert trusted(now=NOW + 86_000).subject == "7"
    with pytest.raises(ServiceUnavailable):
        trusted(now=NOW + 90_000)
    assert TrustedKeySet.objects.get().error


def test_a_cold_start_in_an_outage_is_unavailable(trusted, provider):
    provider.is_down = True
    for _ in range(3):
        with pytest.raises(ServiceUnavailable):
            trusted()
    assert len(provider.paths()) == 3


def test_a_change_of_keys_is_told(trusted, provider):
    changes = []

    def note(issuer, **_):
        changes.append(issuer)

    issuer_keys_changed.connect(note)
    try:
        trusted()
        assert changes == []
        provider.keys = [KEY, SECOND]
        trusted(SECOND)
        assert changes == [provider.iss]
    finally:
        issuer_keys_changed.disconnect(note)


def test_an_address_may_be_named(trusted, provider):
    trusted.set_entry(JWKS_URL=provider.server.url)
    assert trusted().subject == "7"
    assert provider.paths() == ["/jwks.json"]


def test_without_the_table_each_process_fetches_for_itself(trusted, provider, caplog):
    with connections["default"].schema_editor() as editor:
        editor.delete_model(TrustedKeySet)
    try:
        assert trusted().subject == "7"
        assert "its row cannot be used" in caplog.text
    finally:
        with connections["default"].schema_editor() as editor:
            editor.create_model(TrustedKeySet)


def test_a_flood_of_forged_tokens_costs_no_fetch_and_no_query(trusted, provider, django_assert_num_queries):
    trusted()
    forged = Key.generate("ES256", kid="k1")
    text = sign(iss=provider.iss, key=forged)
    with django_assert_num_queries(0):
        for _ in range(50):
            with pytest.raises(Exception, match="signature"):
                issuers.verify(text)
    assert len(provider.paths()) == 2


def test_nobody_waits_while_keys_are_there(trusted, provider):
    trusted.set_entry(TIMEOUT=2 * PATIENCE)
    trusted()
    answer = provider.server.behaviour
    began, release, answered = threading.Event(), threading.Event(), threading.Event()

    def slow(handler):
        began.set()
        release.wait(PATIENCE.total_seconds())
        answered.set()
        answer(handler)

    provider.server.behaviour = slow
    with ThreadPoolExecutor(8) as pool:
        assert {token.subject for token in pool.map(lambda _: trusted(now=NOW + 550), range(40))} == {"7"}
    assert began.wait(PATIENCE.total_seconds())
    assert not answered.is_set()
    release.set()
    issuers.forget()


@pytest.mark.parametrize("claim", ["claim", "claim_refresh"])
def test_a_slot_that_is_taken_is_not_free_for_an_earlier_request(claim):
    """Only a claim that lies far ahead is void: a clock was set back since."""
    take = getattr(Row("https://login.example.com"), claim)
    assert take(NOW, 30)
    assert [take(NOW + seconds, 30) for seconds in (-0.01, -59, 0, 29)] == [False] * 4
    assert take(NOW - 3600, 30)
    assert take(NOW - 3570, 30)
