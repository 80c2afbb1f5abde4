"""No command stumbles over a damaged row, and each that meets it says which it is and why."""

import json

import pytest
from django.core.checks import run_checks

from django_jwtkit import keys
from django_jwtkit.keys import State
from tests.keys.damage import damaged, each_damage
from tests.keys.rows import key_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def fault(run):
    """What `list_keys` says of the one key that is damaged, and its kid."""

    def fault():
        (message,) = (key for key in run("list_keys", "--json").data["keys"] if key["fault"])
        return message["fault"], message["kid"]

    return fault


@each_damage
def test_listing_and_rotating_name_it(columns, run, fault):
    """A line of its own, on stdout and for programs."""
    active = damaged(columns)
    why, kid = fault()
    assert kid == active.kid
    assert kid in why
    assert f"  {why}" in run("list_keys").out.splitlines()
    assert f"  Problem: {why}" in run("rotate_keys").out.splitlines()
    assert run("rotate_keys", "--json").data["rings"][0]["faults"] == {kid: why}
    assert "is the active key but cannot be used" in run("rotate_keys").out or columns.keys() & {"public_jwk"}


@each_damage
def test_the_check_names_it_with_the_remedy(columns, fault):
    """W013, once: it is no reason to stop."""
    active = damaged(columns)
    (message,) = run_checks(tags=["database"], databases=["default"])
    assert message.id == "jwtkit.W013"
    assert fault()[0].rstrip(".") in message.msg
    assert "python manage.py rotate_keys --ring access --now --force" in message.hint
    assert active.kid in message.msg


@each_damage
def test_the_export_leaves_it_out_and_names_it(columns, run):
    """The export holds the same keys as the endpoint; stderr names the others."""
    active, undamaged = damaged(columns), {key_in(State.STANDBY).kid}
    done = run("export_jwks", "--ring", "access")
    exported = {key["kid"] for key in json.loads(done.out)["keys"]}
    assert exported in (undamaged, undamaged | {active.kid})
    assert exported == {key["kid"] for key in run("export_jwks", "--json").data["keys"]}
    assert exported == {key["kid"] for key in keys.jwks()["keys"]}
    assert (active.kid in done.err) == (active.kid not in exported)


@each_damage
def test_resealing_and_revoking_go_on(columns, run, settings):
    """All others are sealed anew; exit 1 names the one that is not; then it is revoked."""
    active = damaged(columns)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret of the test project, as long as the first"
    done = run("reseal_keys", "--json").data
    assert len(done["resealed"]) == 8 - len(done["problems"]) >= 7
    assert {each["kid"] for each in done["problems"]} <= {active.kid}
    assert run("revoke_key", active.kid, "--reason", "damaged", "--noinput").code == 0
    assert run("list_keys", "--json").data["keys"][0]["fault"] is None
