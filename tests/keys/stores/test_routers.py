"""A router that sends reads to a replica changes nothing: a replica lags behind a revocation."""

from datetime import timedelta

import pytest
from django.core.checks import run_checks
from django.core.management import call_command

from django_jwtkit import keys, moments, sessions, tokens
from django_jwtkit.errors import UnknownKey
from django_jwtkit.jose import Key

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


class ReadsElsewhere:
    """Sends every read of ours to a database that there is not: one query on a replica fails the test."""

    def db_for_read(self, model, **_):
        return "replica" if model._meta.app_label == "jwtkit" else None

    def db_for_write(self, *_, **__):
        return "default"

    def allow_relation(self, *_, **__):
        return True


@pytest.fixture(autouse=True)
def replica(settings):
    settings.DATABASE_ROUTERS = ["tests.keys.stores.test_routers.ReadsElsewhere"]


def signer():
    """The kid of the key that signs, as the process sees it."""
    return keys.signing_key("access", now=moments.now(), lifetime=timedelta(minutes=1)).kid


def test_keys_are_read_where_they_are_written():
    """Rotating, generating, importing, raising a promise, resealing, and what is due."""
    first = signer()
    keys.generate("access", algorithm="Ed25519")
    keys.rotate("access", at_once=True, force=True)
    assert signer() != first
    assert keys.import_key("access", Key.generate("RS256").public(), verify_until=moments.now() + DAY)
    assert keys.signing_key("access", now=moments.now(), lifetime=DAY)
    assert list(keys.reseal()) == []
    assert len(keys.jwks()["keys"]) == 4


@pytest.mark.threat("KEY-006", "TEN-007")
def test_a_revocation_is_seen_at_once():
    """Nobody waits for the replica to hear of it."""
    victim = signer()
    assert keys.preview_revocation(victim, reason="leaked")
    keys.revoke(victim[:12], reason="leaked")
    assert signer() != victim
    with pytest.raises(UnknownKey):
        keys.keyring("access").find({"alg": "ES256", "kid": victim})


def test_a_login_and_its_refreshes_never_ask_a_replica(django_user_model):
    """A lagging replica would make a retry look like reuse."""
    pair = sessions.start(django_user_model.objects.create_user("alice"))
    again = sessions.refresh(pair.refresh)
    assert sessions.refresh(pair.refresh).refresh
    assert sessions.check(tokens.verify(again.access)).username == "alice"
    assert sessions.end(tokens.verify(again.access)["sid"])


COMMANDS = {
    "list_keys": ("--events",),
    "rotate_keys": ("--ring", "access", "--now", "--force"),
    "generate_key": (),
    "export_jwks": (),
    "reseal_keys": (),
    "revoke_key": ("--ring", "refresh", "--reason", "x", "--noinput"),
}


@pytest.mark.threat("TEN-007")
@pytest.mark.parametrize(("name", "args"), COMMANDS.items(), ids=COMMANDS)
def test_commands_never_ask_a_replica(name, args, capsys):
    """They would list, and rest on, what is no longer so."""
    call_command(name, *args, "--json")
    assert capsys.readouterr().out.startswith("{")


@pytest.mark.parametrize("page", ["", "rotate/access/", "due/access/", "{}/change/", "{}/revoke/"])
def test_the_admin_never_asks_a_replica(page, admin_client):
    """Nor do the checks of the database."""
    key = keys.StoredKey.objects.using("default").first()
    assert admin_client.get(f"/admin/jwtkit/storedkey/{page.format(key.pk)}").status_code == 200
    assert admin_client.get("/admin/jwtkit/keyevent/").status_code == 200
    assert run_checks(tags=["database"], databases=["default"]) == []
