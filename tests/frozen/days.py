"""What a project's test does on a day that it has frozen: log in, use the token, renew the login."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.test import Client

import django_jwtkit.drf.views  # noqa: F401 - C code that it imports measures the classes of `datetime`
from django_jwtkit import moments

NOW = datetime.now(UTC)
DAYS = {
    "an hour ago": NOW - timedelta(hours=1),
    "yesterday": NOW - timedelta(days=1),
    "an earlier year": datetime(2001, 5, 6, 7, 8, 9, tzinfo=UTC),
    "this moment": NOW,
    "in an hour": NOW + timedelta(hours=1),
    "a later year": NOW.replace(month=6, day=1) + timedelta(days=3 * 365),
}
PASSWORD = "a long pass phrase"
FAST = {"PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"]}


def post(client: Client, name: str, **body: str) -> dict[str, Any]:
    answer = client.post(f"/api/token/{name}", body, content_type="application/json")
    assert answer.status_code == 200, (name, answer.status_code, answer.content)
    return dict(answer.json())


def make_alice() -> None:
    get_user_model().objects.create_user("alice", password=PASSWORD)


def live_a_day(day: datetime | None = None) -> None:
    """Log in, verify, show the access token, refresh; `day` is what Django's clock must say by then."""
    if day is not None:
        assert abs(moments.now() - day) < timedelta(minutes=5)
    client = Client()
    pair = post(client, "", username="alice", password=PASSWORD)
    post(client, "verify/", token=pair["access"])
    post(client, "verify/", token=pair["access"])  # remembered from before
    response = client.get("/api/sessions/", headers={"Authorization": f"Bearer {pair['access']}"})
    assert response.status_code == 200, response.content
    assert len(response.json()) >= 1
    again = post(client, "refresh/", refresh=pair["refresh"])
    post(client, "verify/", token=again["access"])
