"""`DENY_KIDS`: a typing error never means "allow"."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from django_jwtkit import keys, moments
from django_jwtkit.conf import Denylist, conf
from django_jwtkit.errors import KeyUnusableError, UnknownKey
from django_jwtkit.jose import Key
from django_jwtkit.keys import State
from tests.keys.rows import header, key_in

pytestmark = [pytest.mark.django_db, pytest.mark.threat("KEY-011")]


@pytest.mark.parametrize("length", [8, 12, 42, 43])
def test_the_beginning_of_a_kid_denies_it(length, settings):
    """Its first characters, as `list_keys` shows them, end verifying, publishing and signing."""
    active, standby = key_in(State.ACTIVE), key_in(State.STANDBY)
    settings.JWTKIT = {"DENY_KIDS": [active.kid[:length]]}
    with pytest.raises(UnknownKey):
        keys.keyring("access").find(header(active))
    assert active.kid not in str(keys.jwks())
    assert keys.keyring("access").find(header(standby))
    keys.rotate("access")
    assert key_in(State.REVOKED).kid == active.kid
    assert keys.signing_key("access", now=moments.now(), lifetime=conf().LEEWAY).kid == standby.kid


@pytest.mark.parametrize(
    "entry", ["", "short", "a" * 7, "kid of key", "abcdefgh ", " abcdefgh", "a" * 129, 5]
)
def test_an_entry_that_can_be_no_kid_stops_the_process(entry, settings):
    """It has blanks or too few characters, or it is not text."""
    settings.JWTKIT = {"DENY_KIDS": [entry]}
    with pytest.raises(ImproperlyConfigured, match="DENY_KIDS must be a list or tuple of key IDs"):
        conf()


def test_a_denied_key_is_not_imported(settings):
    """Nor one whose kid begins as a denied one."""
    settings.JWTKIT = {"DENY_KIDS": ["from-afar"]}
    for kid in ("from-afar", "from-afar-2"):
        with pytest.raises(KeyUnusableError, match=kid):
            keys.import_key("access", Key.generate("ES256", kid=kid))
    assert keys.import_key("access", Key.generate("ES256", kid="from-near"))


def test_the_denylist_has_a_bounded_cache():
    """A long list costs a token no more than none, and the cache is bounded."""
    denied = Denylist(f"{number:08}" for number in range(1000))
    assert "00000999-and-more" in denied
    assert "99999999" not in denied
    assert None not in denied
    assert denied.matches(["00000001x", "x"]) == {"00000001"}
    for number in range(5000):
        assert f"x{number}" not in denied
    assert len(denied._cached) <= 4096


def test_denying_the_signing_key_is_repaired_by_a_plain_run(settings):
    """The denied key is revoked and its standby signs at once: an emergency does not wait for caches."""
    victim = key_in(State.ACTIVE)
    settings.JWTKIT = {"DENY_KIDS": [victim.kid]}
    assert keys.rotate("access")
    assert keys.signing_key("access", now=moments.now(), lifetime=conf().LEEWAY).kid != victim.kid
