"""`KeysHealthCheck` in the view of the real django-health-check."""

import pytest
from django.test import Client
from django.urls import path
from health_check.views import HealthCheckView

from django_jwtkit.keys import StoredKey
from tests.support import unhealthy

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db(transaction=True)]
CHECK = "django_jwtkit.contrib.health_check.KeysHealthCheck"
urlpatterns = [
    path("health/", HealthCheckView.as_view(checks=[CHECK])),
    path("alive/", HealthCheckView.as_view(checks=[(CHECK, {"only_outages": True})])),
]


def ask(where):
    return Client().get(where, {"format": "text"})


def test_healthy_keys_are_ok():
    """200, and OK."""
    answer = ask("/health/")
    assert answer.status_code == 200
    assert "KeysHealthCheck" in answer.content.decode()


@pytest.mark.parametrize(
    ("state", "words", "alive"),
    [
        (unhealthy.another_secret_key, "sealing (access)", 500),
        (unhealthy.no_keys, "no signer (access)", 500),
        (unhealthy.overdue_job, "job (access)", 200),
    ],
    ids=["cannot sign", "no keys", "overdue job"],
)
def test_what_is_wrong_is_named_without_details(state, words, alive, settings):
    """500; a load balancer may ask for outages alone. No key ID is told: the answer may be public."""
    unhealthy.make(state, settings)
    answer = ask("/health/")
    text = answer.content.decode()
    assert answer.status_code == 500
    assert words in text
    assert "python manage.py keys_status" in text
    assert "is sealed under" not in text
    assert ask("/alive/").status_code == alive


def test_a_database_that_is_away_is_an_outage(take_away):
    """Unavailable, and no traceback."""
    take_away(StoredKey)
    answer = ask("/alive/")
    assert answer.status_code == 500
    assert "unreadable" in answer.content.decode()
