"""Looking at a token is not presenting it: no user is made, no visit is noted, no secret is opened."""

import pytest
from django.contrib.auth import get_user_model

from django_jwtkit import issuers, keys, tokens
from django_jwtkit.inspection import Outcome, inspect
from django_jwtkit.jose import Key

from .conftest import ISS, OURS

pytestmark = pytest.mark.django_db


def never(claims, issuer):
    raise AssertionError("the project's function was called")


def results(inspection):
    return {check.name: check.outcome for check in inspection.checks}


def test_a_user_who_would_be_made_is_not(world):
    world.configure(user="create")
    verdict = inspect(world.foreign()).verdict
    assert verdict == f"Accepted as a token of {ISS}: its first request makes a user for subject '7'."
    assert get_user_model().objects.get() == world.alice


def test_a_linked_user_is_named_and_their_visit_is_not_noted(world):
    world.configure(user="linked")
    identity = issuers.link(world.alice, issuer=ISS, subject="7")
    assert inspect(world.foreign()).verdict.endswith(f"subject '7' is linked to user {world.alice.pk}.")
    identity.refresh_from_db()
    assert identity.last_seen_at is None


def test_the_projects_function_is_named_and_not_called(world):
    world.configure(user=f"{__name__}.never")
    verdict = inspect(world.foreign()).verdict
    assert verdict.endswith("never decides about subject '7'; it is not called here.")


def test_an_encrypted_token_stays_closed_without_permission(world):
    world.configure(ENCRYPT=["access"])
    text = tokens.issue(world.alice, claims={"diagnosis": "secret"})
    closed = inspect(text, may_open=False)
    assert (closed.is_accepted, closed.authenticates, closed.claims) == (None, None, None)
    assert results(closed) == {"decryption": Outcome.SKIPPED}
    assert "secret" not in repr(closed)
    assert inspect(text).claims["diagnosis"] == "secret"


def test_a_fault_beyond_the_decisive_one_is_told_too(world):
    inspection = inspect(world.own(Key.generate("ES256"), iat=1, exp=2, aud="payments"))
    wrong = [name for name, outcome in results(inspection).items() if outcome is Outcome.WRONG]
    assert wrong == ["key", "aud", "times"]


def test_an_issuer_that_differs_in_a_slash_is_pointed_at(world):
    for iss in (OURS + "/", ISS + "/"):
        inspection = inspect(world.own(Key.generate("ES256"), iss=iss))
        assert inspection.verdict == f"Refused: its issuer {iss!r} is neither ISSUER nor in TRUSTED_ISSUERS."
        assert "slash" in next(check.advice for check in inspection.checks if check.name == "issuer")


def test_a_key_that_must_not_be_told_of_is_not(world):
    """A project's own page shows some of the keys only."""
    kid = world.signing_key().kid
    keys.revoke(kid, reason="a laptop was stolen")
    inspection = inspect(world.pair.access, visible=keys.StoredKey.objects.none())
    assert inspection.is_accepted is False
    assert "laptop" not in repr(inspection)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (lambda world: world.pair.access, "accepts the token until"),
        (lambda world: world.pair.refresh, "cannot verify the token: keys of ring refresh are not published"),
        (lambda world: world.own(aud="payments"), "refuses the token: for another audience"),
        (lambda world: world.foreign(), "refuses the token: no published key has its kid"),
        (lambda world: "hello", "refuses the text"),
    ],
)
def test_a_service_that_has_only_the_jwks_is_quoted(world, text, words):
    assert words in inspect(text(world)).jwks_only


def test_a_service_with_only_the_jwks_does_not_hear_of_a_logout(world):
    world.configure(CHECK_SESSION=True)
    get_user_model().objects.update(is_active=False)
    inspection = inspect(world.pair.access)
    assert inspection.is_accepted is False
    assert "neither users nor sessions" in inspection.jwks_only


def test_a_service_with_a_cache_may_accept_a_revoked_key(world):
    keys.revoke(world.signing_key().kid, reason="leaked")
    assert "From a cache that expires, it may accept the token until" in inspect(world.pair.access).jwks_only


def test_a_typ_of_nobody_is_not_blamed_on_the_ring_of_its_key(world):
    inspection = inspect(world.own(keys.signing_key("kinds", **_moment()), typ="parcel-of-old+jwt"))
    wrong = [name for name, outcome in results(inspection).items() if outcome is Outcome.WRONG]
    assert wrong == ["typ"]
    assert "no kind of token of this project has the typ 'parcel-of-old+jwt'" in inspection.verdict


def _moment():
    return {"now": keys.now(), "lifetime": tokens.ACCESS.lasts}
