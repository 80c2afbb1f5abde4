"""The claims of an old login stay with its session, as simplejwt would have copied them."""

import pytest

from django_jwtkit import sessions, tokens
from django_jwtkit.sessions import Session

pytestmark = pytest.mark.django_db


def test_access_tokens_carry_the_old_logins_own_claims(issuer, alice):
    """What a project has put in, over refreshes too."""
    pair = sessions.refresh(issuer.refresh(alice, role="admin", teams=[1, 2]))
    for _ in range(2):
        claims = tokens.verify(pair.access)
        assert (claims["role"], claims["teams"], claims["user_id"]) == ("admin", [1, 2], str(alice.pk))
        pair = sessions.refresh(pair.refresh)


def test_no_claim_of_ours_comes_from_an_old_token(issuer, alice):
    """Neither a session, nor a subject, nor a time of login."""
    ours = {
        "sid": "mine",
        "sub": "77",
        "cnt": 9,
        "auth_time": 1,
        "iss": "x",
        "aud": "y",
        "sub_field": "email",
    }
    claims = tokens.verify(sessions.refresh(issuer.refresh(alice, **ours)).access)
    assert (claims["sid"], claims["sub"]) == (str(Session.objects.get().pk), str(alice.pk))
    assert {"cnt", "auth_time", "iss", "aud", "sub_field"}.isdisjoint(claims)


@pytest.mark.parametrize("check", [True, False])
def test_no_hash_of_the_password_is_carried(old, alice, settings, check):
    """simplejwt writes one into its tokens; ours have the stamp in the session's row."""
    text = old(CHECK_REVOKE_TOKEN=True).refresh(alice)
    settings.SIMPLE_JWT = {**settings.SIMPLE_JWT, "CHECK_REVOKE_TOKEN": check}
    assert "hash_password" in tokens.simplejwt.verify(text, token_type=tokens.simplejwt.REFRESH)
    assert "hash_password" not in tokens.verify(sessions.refresh(text).access)
    assert not [claim for claim in Session.objects.get().login_claims if "password" in claim]


def test_claims_that_do_not_fit_are_left_out(issuer, alice, caplog):
    """Nobody is logged out for them, and a line says so."""
    pair = sessions.refresh(issuer.refresh(alice, big="x" * 3000))
    assert "big" not in tokens.verify(pair.access)
    events = [getattr(record, "event", "") for record in caplog.records]
    assert "simplejwt_claims_left_out" in events


def test_the_claims_function_wins(bridge, issuer, alice):
    """It says what holds today."""
    bridge(CLAIMS_FUNCTION=f"{__name__}.role")
    assert tokens.verify(sessions.refresh(issuer.refresh(alice, role="admin")).access)["role"] == "guest"


def role(user):
    return {"role": "guest"}
