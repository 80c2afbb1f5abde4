"""Every read of a project goes to a replica, which lags: none of ours does, that of users included."""

from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from rest_framework.test import APIClient

from django_jwtkit import issuers, sessions, tokens
from django_jwtkit.testing import fake_issuer
from tests.drf.client import PASSWORD

pytestmark = pytest.mark.django_db

ISSUER = "https://sso.example.com"
UNTIL = datetime.now(UTC) + timedelta(days=1)


class EveryReadElsewhere:
    """Sends each read to a database that there is not: one query on a replica fails the test."""

    def db_for_read(self, *_, **__):
        return "replica"

    def db_for_write(self, *_, **__):
        return "default"

    def allow_relation(self, *_, **__):
        return True


@pytest.fixture(params=[False, True], ids=["", "CHECK_SESSION"])
def pair(request, settings):
    """A login of alice's, beside a replica."""
    settings.JWTKIT = {
        "CHECK_SESSION": request.param,
        "MAX_SESSIONS": 3,
        "ACCEPT_SIMPLEJWT": {"UNTIL": UNTIL},
        "TRUSTED_ISSUERS": {ISSUER: {"AUDIENCE": "orders", "USER": "create"}},
    }
    settings.SIMPLE_JWT = {"SIGNING_KEY": "a secret of a project that simplejwt has signed for"}
    settings.DATABASE_ROUTERS = [f"{__name__}.EveryReadElsewhere"]
    return sessions.start(
        get_user_model().objects.db_manager("default").create_user("alice", password=PASSWORD)
    )


@pytest.mark.threat("KEY-006", "TEN-007")
def test_no_endpoint_asks_a_replica(pair):
    """Verified, refreshed, listed, revoked and logged out; and a token of another issuer."""
    client = APIClient(headers={"authorization": f"Bearer {pair.access}"})
    assert client.post("/api/token/verify/", {"token": pair.refresh}).status_code == 200
    pair = sessions.TokenPair(**client.post("/api/token/refresh/", {"refresh": pair.refresh}).json())
    (session,) = client.get("/api/sessions/").json()
    assert client.delete(f"/api/sessions/{session['id']}/").status_code == 204
    refused = client.post("/api/token/refresh/", {"refresh": pair.refresh})
    assert (refused.status_code, refused.json()["detail"]) == (401, "Session has ended")

    with fake_issuer(ISSUER) as fake:
        for _ in range(2):  # the user is made, then found
            foreign = APIClient(headers={"authorization": f"Bearer {fake.issue(sub='7', aud='orders')}"})
            assert foreign.post("/api/logout/").json()["detail"] == "Token has wrong type"
            assert issuers.load_user(issuers.verify(fake.issue(sub="7", aud="orders")))


def test_no_twin_asks_a_replica(pair):
    """In the loop, and in the threads that ask."""

    async def live():
        again = await sessions.arefresh(pair.refresh)
        claims = await tokens.averify(again.access)
        user = await sessions.acheck(claims)
        await tokens.aissue(user)
        await sessions.astart(user)
        return await sessions.aend_all(user)

    assert async_to_sync(live)() == 2
