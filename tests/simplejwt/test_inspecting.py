"""The inspector judges old tokens as the views do, and notes no sighting."""

from datetime import UTC, datetime, timedelta

import pytest

from django_jwtkit import sessions
from django_jwtkit.inspection import inspect

pytestmark = pytest.mark.django_db


def test_an_old_access_token_is_judged(issuer, alice):
    inspection = inspect(issuer.access(alice))
    assert inspection.verdict == f"Accepted as an access token of simplejwt of user {alice.pk}."
    assert (inspection.authenticates, inspection.source) == (True, "simplejwt")
    assert sessions.last_seen_simplejwt() is None


def test_an_old_refresh_token_is_good_at_the_refresh_only(issuer, alice):
    inspection = inspect(issuer.refresh(alice))
    assert (inspection.is_accepted, inspection.authenticates) == (True, False)
    assert "by token/refresh/" in inspection.verdict


def test_an_expired_one_says_so(issuer, alice):
    inspection = inspect(issuer.access(alice, exp=1))
    assert inspection.verdict == "Refused: expired."
    assert inspection.error.code == "expired"


def test_it_says_what_is_proven(issuer, alice, bridge):
    """The type of an old token is a claim, and is judged after the signature; a date of ours comes first."""
    failed = "the signature is verified; failed checks: {}"
    contents, _, signature = issuer.access(alice).rpartition(".")
    other = f"{contents}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    assert inspect(issuer.access(alice)).claims_proof == "verified"
    assert inspect(issuer.access(alice, exp=1)).claims_proof == failed.format("times")
    assert inspect(issuer.access(alice, token_type="sliding")).claims_proof == failed.format("typ")
    assert inspect(other).claims_proof.startswith("NOT verified, the signature is wrong")
    text = issuer.refresh(alice)
    sessions.end_all(alice)
    assert inspect(text).claims_proof == failed.format("session")
    bridge(ACCEPT_SIMPLEJWT={"UNTIL": datetime.now(UTC) - timedelta(days=1)})
    assert inspect(text).claims_proof.startswith("NOT verified, refused before the signature")


def test_after_the_logout_it_is_refused(issuer, alice, bridge):
    text = issuer.refresh(alice)
    sessions.end_all(alice)
    assert inspect(text).error.code == "session_ended"
    bridge(ACCEPT_SIMPLEJWT={"UNTIL": datetime.now(UTC) - timedelta(days=1)})
    assert "not any more" in inspect(text).verdict
