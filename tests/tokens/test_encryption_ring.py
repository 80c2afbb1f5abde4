"""The encryption ring lives mirrored: a key decrypts before anybody encrypts to it, and long after that."""

from datetime import timedelta

import pytest

from django_jwtkit import keys, moments, tokens
from django_jwtkit.errors import TokenError, UnknownKey
from django_jwtkit.jose import Key, jwt, unverified_header
from django_jwtkit.keys import State, StoredKey
from tests.keys.rows import key_in

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
SEALED = tokens.TokenKind("test-sealed", typ="test-sealed+jwt", lifetime=MINUTE, encrypted=True)
PLAIN = tokens.TokenKind("test-plain", typ="test-plain+jwt", lifetime=MINUTE)
PUBLISHED = {"encryption": {"ALGORITHM": "ECDH-ES+A256KW", "PUBLISH": True}}


pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def encrypted(settings):
    """A project that encrypts its access tokens."""
    settings.JWTKIT = {"ENCRYPT": ["access"]}


def kid_of(text):
    return unverified_header(text)["kid"]


def encrypted_to(key, claims):
    """Return an access token of these claims, signed by our ring and encrypted to `key`."""
    signer = keys.signing_key("access", now=moments.now(), lifetime=MINUTE)
    return jwt.encode(claims, signer, typ="at+jwt", encrypt_to=key)


def test_a_standby_decrypts_already(good):
    """A node that has turned over a moment earlier, or whose clock is fast, is understood."""
    standby = key_in(State.STANDBY, "encryption")
    text = encrypted_to(keys.keyring("encryption").find({"kid": standby.kid}), good)
    assert tokens.verify(text) == good


def test_a_planned_changeover_refuses_nobody(alice):
    """Before it the old key, after it the next one; a token of the last second lives out its life."""
    active, change = key_in(State.ACTIVE, "encryption"), key_in(State.STANDBY, "encryption").sign_from
    last, first = (tokens.issue(alice, now=moment) for moment in (change - SECOND, change))
    assert [kid_of(last), kid_of(first)] == [active.kid, key_in(State.STANDBY, "encryption").kid]
    soon = change + 4 * MINUTE
    assert active.state(soon) is State.RETIRED
    assert tokens.verify(last, now=soon)["sub"] == tokens.verify(first, now=soon)["sub"] == str(alice.pk)


def test_a_hasty_changeover_refuses_nobody(alice):
    """`rotate_keys --now`: the key that was rotated away decrypts on."""
    before = tokens.issue(alice)
    keys.rotate("encryption", at_once=True, force=True)
    after = tokens.issue(alice)
    assert kid_of(before) != kid_of(after)
    assert tokens.verify(before)["sub"] == tokens.verify(after)["sub"]


def test_a_retired_key_keeps_its_private_part_to_the_end():
    """A signing key loses it two minutes after its last signature; this one is needed while a token lives."""
    active, change = key_in(State.ACTIVE, "encryption"), key_in(State.STANDBY, "encryption").sign_from
    keys.rotate("encryption", now=active.verify_until)
    assert StoredKey.objects.get(kid=active.kid).sealed
    keys.rotate("encryption", now=active.verify_until + SECOND)
    assert active.verify_until > change + 5 * MINUTE
    assert not StoredKey.objects.get(kid=active.kid).sealed


def test_a_revoked_key_opens_nothing(alice):
    """Its tokens are refused at once; the standby has taken over."""
    before = tokens.issue(alice)
    keys.revoke(kid_of(before), reason="leaked")
    with pytest.raises(UnknownKey):
        tokens.verify(before)
    assert tokens.verify(tokens.issue(alice))["sub"] == str(alice.pk)


def test_a_published_ring_shows_the_active_key_only(settings, good):
    """Partners encrypt to what they see: not to a standby, which some node may lack, nor to a retired key."""
    settings.JWTKIT = {"ENCRYPT": ["access"], "KEY_RINGS": PUBLISHED}
    keys.rotate("encryption")
    keys.rotate("encryption", at_once=True, force=True)
    published = partners_keys()
    assert [key.kid for key in published] == [key_in(State.ACTIVE, "encryption").kid]
    text = encrypted_to(published[0], good)

    keys.rotate("encryption", at_once=True, force=True)
    assert published[0].kid not in [key.kid for key in partners_keys()]
    assert tokens.verify(text) == good  # encrypted by a partner who still has the JWKS of yesterday


def test_a_published_key_decrypts_for_as_long_as_partners_may_cache_it(settings):
    """JWKS_MAX_AGE + CONSUMER_CACHE more than a key that only our own nodes encrypt to."""
    private = key_in(State.ACTIVE, "encryption").margin
    settings.JWTKIT = {"KEY_RINGS": PUBLISHED}
    keys.rotate("encryption")
    keys.rotate("encryption", at_once=True, force=True)
    assert key_in(State.ACTIVE, "encryption").margin == private + timedelta(days=1, seconds=300)


def partners_keys():
    """Return the encryption keys that the world sees, as a partner reads them."""
    return [Key.from_dict(jwk) for jwk in keys.jwks()["keys"] if jwk["use"] == "enc"]


@pytest.mark.threat("TYP-033", "JWE-013")
@pytest.mark.parametrize(
    "encrypt", [[], ["access"], ["refresh"], ["access", "refresh", "test-plain"]], ids=str
)
def test_every_kind_is_refused_as_every_other(alice, settings, encrypt):
    """Whichever kinds are encrypted, by themselves or by the setting: N (N - 1) substitutions."""
    settings.JWTKIT = {"ENCRYPT": encrypt}
    kinds = (tokens.ACCESS, tokens.REFRESH, SEALED, PLAIN)
    by_kind = {kind: tokens.issue(alice, kind=kind) for kind in kinds}
    for kind in kinds:
        assert by_kind[kind].count(".") == (4 if kind is SEALED or kind.name in encrypt else 2)
        assert tokens.verify(by_kind[kind], kind=kind)["sub"] == str(alice.pk)
        for other in set(kinds) - {kind}:
            with pytest.raises(TokenError):
                tokens.verify(by_kind[other], kind=kind)
