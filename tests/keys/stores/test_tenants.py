"""Two tenants in one process, whose users have the same ids: nothing of one is ever used for the other.

A token of the other tenant is refused as one of an unknown key, and no good token is refused.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta
from itertools import cycle, islice

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import Client, override_settings

from django_jwtkit import keys, moments, sessions, tokens
from django_jwtkit.errors import ScopeMismatch, ServiceUnavailable, SessionEnded, TokenError, UnknownKey
from django_jwtkit.jose import unverified_header
from django_jwtkit.keys import KeyEvent, State, StoredKey
from tests.keys.stores import tenants as tenancy
from tests.keys.stores.tenants import NAMES, Schemas, Tenants, migrated

PASSWORD = "correct horse battery staple"
AGES = [timedelta(seconds=10), timedelta(0)]
ROUNDS = 3


@pytest.fixture(scope="module", params=[Tenants, Schemas], ids=["databases", "schemas"])
def arrangement(request, tmp_path_factory, django_db_setup, django_db_blocker):
    if request.param is Schemas and connection.vendor != "postgresql":
        pytest.skip("schemas are PostgreSQL's")
    tenants, folder = request.param(), tmp_path_factory.mktemp("tenants")
    with django_db_blocker.unblock(), configured(tenants), migrated(tenants, folder):
        for name in NAMES:
            tenants.enter(name)
            get_user_model().objects.create_user(f"boss of {name}", password=PASSWORD)
        yield tenants


def configured(tenants, **jwtkit):
    return override_settings(
        DATABASE_ROUTERS=["tests.keys.stores.tenants.ByDatabase"],
        JWTKIT={**tenants.settings, **jwtkit},
    )


@pytest.fixture(params=AGES, ids=["default", "age 0"])
def age(request):
    """How old a snapshot may be."""
    return request.param


@pytest.fixture
def tenants(age, arrangement, django_db_blocker):
    """The two tenants, at each age that a snapshot may have. The tests' own database is not in it."""
    with django_db_blocker.unblock(), configured(arrangement, KEYRING_MAX_AGE=age):
        yield arrangement
    tenancy.leave()


def boss():
    return get_user_model().objects.get(pk=1)


def kid_of(text):
    return str(unverified_header(text)["kid"])


def refused(text, kind=tokens.ACCESS):
    with pytest.raises(UnknownKey):
        tokens.verify(text, kind=kind)


@pytest.mark.threat("TEN-001", "TEN-002", "TEN-005")
@pytest.mark.parametrize("inside", [False, True], ids=["outside", "inside a transaction"])
def test_each_tenant_signs_and_verifies_with_its_own_keys(tenants, inside):
    """A call of one after a call of the other, with as much in memory as there can be."""
    owned = {name: tenants.kids(name) for name in NAMES}
    assert owned["acme"]
    assert not owned["acme"] & owned["globex"]
    keys.forget()
    issued = {name: [] for name in NAMES}
    for name in islice(cycle(NAMES), 2 * ROUNDS):
        tenants.enter(name)
        other = NAMES[name == NAMES[0]]
        with transaction.atomic(using=tenants.alias(name)) if inside else nullcontext():
            pair = sessions.start(boss())
            assert {kid_of(pair.access), kid_of(pair.refresh)} <= owned[name]
            issued[name] += [pair]
            for theirs in issued[other]:
                refused(theirs.access)
                refused(theirs.refresh, tokens.REFRESH)
            for ours in issued[name]:
                claims = tokens.verify(ours.access)
                assert sessions.check(claims).get_username() == f"boss of {name}"
            assert {key["kid"] for key in keys.jwks()["keys"]} <= owned[name]
            assert len(keys.jwks()["keys"]) >= 2


@pytest.mark.threat("TEN-001", "TEN-004", "TEN-005")
def test_the_endpoints_keep_tenants_apart(tenants):
    """Login, access, refresh, verify, sessions, JWKS, logout: at the other tenant each is a 401."""
    client, pairs = Client(), {}

    def post(path, **body):
        return client.post(f"/api/{path}/", body)

    for name in islice(cycle(NAMES), 2 * ROUNDS):
        tenants.enter(name)
        other = NAMES[name == NAMES[0]]
        login = {"username": f"boss of {name}", "password": PASSWORD}
        pair = pairs[name] = post("token", **login).json()
        own = {"Authorization": f"Bearer {pair['access']}"}
        assert client.get("/api/sessions/", headers=own).status_code == 200
        assert post("token/verify", token=pair["access"]).status_code == 200
        assert post("token/refresh", refresh=pair["refresh"]).status_code == 200
        published = client.get("/.well-known/jwks.json").json()["keys"]
        assert kid_of(pair["access"]) in {key["kid"] for key in published}
        assert post("token", **login | {"username": f"boss of {other}"}).status_code == 401
        if other in pairs:
            theirs = pairs[other]
            foreign = {"Authorization": f"Bearer {theirs['access']}"}
            assert client.get("/api/sessions/", headers=foreign).status_code == 401
            assert client.post("/api/logout/all/", headers=foreign).status_code == 401
            assert post("token/verify", token=theirs["access"]).status_code == 401
            assert post("token/refresh", refresh=theirs["refresh"]).status_code == 401
            assert post("token/revoke", token=theirs["refresh"]).status_code == 200
            assert kid_of(theirs["access"]) not in {key["kid"] for key in published}
            tenants.enter(other)
            header = {"Authorization": f"Bearer {theirs['access']}"}
            assert client.get("/api/sessions/", headers=header).status_code == 200, "nobody has ended it"


@pytest.mark.threat("TEN-002")
def test_the_first_look_of_a_tenant_may_be_inside_a_transaction(tenants):
    """Another tenant's generation is not one that a long transaction still sees."""
    texts = {}
    for name in NAMES:
        tenants.enter(name)
        texts[name] = tokens.issue(boss())
    keys.forget()
    for name in islice(cycle(NAMES), 2 * ROUNDS):
        tenants.enter(name)
        with transaction.atomic(using=tenants.alias(name)):
            assert tokens.verify(texts[name])
            refused(texts[NAMES[name == NAMES[0]]])


@pytest.mark.threat("TEN-002")
def test_threads_of_both_tenants_get_their_own(tenants, quick_switches):
    """They meet one another's locks, looks and proofs all the time."""
    texts, seconds = {}, 2.0
    owned = {name: tenants.kids(name) for name in NAMES}
    for name in NAMES:
        tenants.enter(name)
        texts[name] = tokens.issue(boss())
    keys.forget()
    ready, until = threading.Barrier(6), moments.now() + timedelta(seconds=seconds)

    def work(names):
        try:
            ready.wait(10)
            while moments.now() < until:
                name = next(names)
                tenants.enter(name)
                _hop(name, texts, owned[name])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        at_work = [pool.submit(work, cycle(NAMES[:: 1 if number % 2 else -1])) for number in range(6)]
        for each in at_work:
            each.result(60)


def _hop(name, texts, owned):
    assert tokens.verify(texts[name])
    assert kid_of(tokens.issue(boss())) in owned
    refused(texts[NAMES[name == NAMES[0]]])
    assert {key["kid"] for key in keys.jwks()["keys"]} <= owned


@pytest.mark.threat("TEN-002")
def test_a_revocation_is_heard_by_its_own_tenant_only(tenants, age, django_assert_num_queries):
    """At once there; the other goes on with what it knows, and without a look if that is young."""
    texts = {}
    for name in NAMES:
        tenants.enter(name)
        texts[name] = tokens.issue(boss())
        tokens.verify(texts[name])
    tenants.enter("acme")
    keys.revoke(kid_of(texts["acme"]), reason="leaked")
    refused(texts["acme"])
    assert tokens.verify(tokens.issue(boss()))
    tenants.enter("globex")
    with django_assert_num_queries(0 if age else 1, connection=connections[tenants.alias("globex")]):
        assert tokens.verify(texts["globex"])
    assert KeyEvent.objects.filter(action="revoked", kid=kid_of(texts["acme"])).count() == 0


@pytest.mark.threat("TEN-003")
def test_a_proof_is_of_a_whole_token_at_one_tenant(tenants):
    """A proof is good for the very same text, in the same store, and while its key is."""
    tenants.enter("acme")
    text = tokens.issue(boss())
    assert tokens.verify(text) == tokens.verify(text)
    for near in (text + "=", text[:-1], text.upper(), f" {text}", text.replace(".", "..", 1)):
        with pytest.raises(TokenError):
            tokens.verify(near)
    tenants.enter("globex")
    refused(text)
    tenants.enter("acme")
    assert tokens.verify(text)
    keys.revoke(kid_of(text), reason="leaked")
    refused(text)


@pytest.mark.threat("TEN-002")
def test_a_session_is_one_tenants(tenants, age):
    """Claims that name a session of the other tenant name none, and its cache entry is not found."""
    with configured(tenants, KEYRING_MAX_AGE=age, CHECK_SESSION=True, SESSION_CACHE="default"):
        _check_sessions(tenants)


def _check_sessions(tenants):
    tenants.enter("acme")
    claims = tokens.verify(sessions.start(boss()).access)
    for _ in range(2):
        assert sessions.check(claims).get_username() == "boss of acme"
    tenants.enter("globex")
    with pytest.raises(SessionEnded):
        sessions.check(claims)
    assert not sessions.end(claims["sid"])
    tenants.enter("acme")
    assert sessions.check(claims)
    caches["default"].clear()


TABLES = {"jwtkit_ring": "name", "jwtkit_storedkey": "ring_id", "jwtkit_keyevent": "ring_id"}


@pytest.mark.threat("TEN-001", "TEN-002")
@pytest.mark.parametrize("age", AGES[:1], indirect=True)
def test_a_ring_that_is_copied_from_another_tenant_is_worth_nothing(tenants):
    """Ring, keys and history, by somebody who may write SQL: every row is of the other scope."""
    if not isinstance(tenants, Schemas):
        pytest.skip("tenants by database are told apart by their rows with KEYRING_SCOPE only")
    tenants.enter("acme")
    text = tokens.issue(boss())
    with transaction.atomic(using="schemas"), connections["schemas"].cursor() as cursor:
        for table, ring in reversed(TABLES.items()):
            cursor.execute(f"DELETE FROM globex.{table} WHERE {ring} = 'access'")
        for table, ring in TABLES.items():
            cursor.execute(f"INSERT INTO globex.{table} SELECT * FROM acme.{table} WHERE {ring} = 'access'")
        tenants.enter("globex")
        keys.forget()
        with pytest.raises((UnknownKey, ServiceUnavailable)):
            tokens.verify(text)
        assert keys.jwks()["keys"] == []
        with pytest.raises(ScopeMismatch):
            keys.preview("access")
        transaction.set_rollback(True, using="schemas")
    keys.forget()
    tenants.enter("globex")
    assert tokens.verify(tokens.issue(boss()))


def test_keys_are_made_rotated_and_listed_where_they_belong(tenants, capsys):
    """`migrate` has made them; a forced rotation changes the rows of one tenant."""
    before = {name: tenants.kids(name) for name in NAMES}
    assert all(len(kids) >= 8 for kids in before.values())
    tenants.enter("acme")
    call_command("rotate_keys", "--ring", "access", "--now", "--force", "--json")
    call_command("rotate_keys", "--json")
    assert tenants.kids("globex") == before["globex"]
    assert tenants.kids("acme") > before["acme"]
    new = tenants.kids("acme") - before["acme"]
    capsys.readouterr()
    call_command("list_keys", "--json")
    listed = capsys.readouterr().out
    assert all(kid in listed for kid in new)
    tenants.enter("globex")
    call_command("list_keys", "--json")
    assert not [kid for kid in new if kid in capsys.readouterr().out]
    actives = {name: _active(tenants, name) for name in NAMES}
    assert len(set(actives.values())) == 2


def _active(tenants, name):
    tenants.enter(name)
    rows = StoredKey.objects.filter(ring_id="access")
    return next(row.kid for row in rows if row.state() is State.ACTIVE)
