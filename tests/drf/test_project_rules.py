"""What a project demands of a token on top of ours: one method, and its refusals are ours."""

from datetime import timedelta

import pytest
from django.test import RequestFactory

from django_jwtkit import moments, sessions, tokens
from django_jwtkit.drf import JWTAuthentication
from django_jwtkit.drf.challenges import Refused
from django_jwtkit.errors import InvalidClaim

MACHINE = tokens.TokenKind(
    "test-machine", typ="test-machine+jwt", lifetime=timedelta(minutes=1), subject=True
)


class OneClient(JWTAuthentication):
    """Takes tokens that were issued to this application only."""

    def get_user(self, claims):
        if claims.get("azp") != "shop":
            raise InvalidClaim("for another client", "azp")
        return super().get_user(claims)


class Recent(JWTAuthentication):
    """Takes tokens of a login of the last five minutes only (RFC 9470)."""

    def get_user(self, claims):
        since = moments.now() - timedelta(minutes=5)
        if not sessions.Session.objects.filter(pk=claims.get("sid"), created_at__gt=since).exists():
            error = "insufficient_user_authentication"
            raise Refused("Log in again", error, error)
        return super().get_user(claims)


def authenticate(authentication, text):
    """Return the user that `authentication` finds for a request with this token."""
    return authentication().authenticate(
        RequestFactory().get("/", headers={"authorization": f"Bearer {text}"})
    )[0]


@pytest.mark.threat("AUD-023")
@pytest.mark.parametrize("claims", [{}, {"azp": "blog"}, {"azp": ["shop"]}, {"client_id": "shop"}], ids=str)
def test_a_project_binds_tokens_to_a_client(alice, claims):
    """Another client's token is a 401 like any other bad one; a claim of the project's says whose it is."""
    assert authenticate(OneClient, tokens.issue(alice, claims={"azp": "shop"})) == alice
    with pytest.raises(Refused) as refused:
        authenticate(OneClient, tokens.issue(alice, claims=claims))
    assert refused.value.detail["code"] == "token_not_valid"


@pytest.mark.threat("TIME-066")
def test_a_project_demands_a_recent_login(alice, later):
    """By the session's own date: a refresh does not make a login younger, and no claim says what it likes."""
    pair = sessions.start(alice)
    assert authenticate(Recent, pair.access) == alice
    later(360)
    with pytest.raises(Refused) as refused:
        authenticate(Recent, sessions.refresh(pair.refresh).access)
    assert refused.value.status_code == 401
    assert 'error="insufficient_user_authentication"' in refused.value.auth_header
    assert authenticate(Recent, sessions.start(alice).access) == alice


@pytest.mark.threat("SUB-015")
def test_a_machine_with_a_users_id_is_not_that_user(alice):
    """A machine has a kind of token of its own, and that is never an access token."""
    text = tokens.issue(subject=str(alice.pk), kind=MACHINE)
    assert tokens.verify(text, kind=MACHINE)["sub"] == str(alice.pk)
    with pytest.raises(Refused) as refused:
        authenticate(JWTAuthentication, text)
    assert refused.value.detail["detail"] == "Token has wrong type"
