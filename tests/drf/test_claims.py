"""Claims and audiences over HTTP: the project's faults are 503s, and another service's tokens rule nobody."""

import pytest

from django_jwtkit import sessions, tokens
from django_jwtkit.sessions import Session

RETURNED = {}
"""What the function below returns or raises next."""


def returned(user):
    """Return what a test has left, or raise it."""
    value = RETURNED["value"]
    if isinstance(value, Exception):
        raise value
    return value


BAD = {
    "a set": {"own": {1}},
    "NaN": {"own": float("nan")},
    "a reserved name": {"exp": 1},
    "too long": {"own": "y" * 9000},
    "half a character": {"own": "\ud800"},
    "nothing": None,
    "an error": KeyError("own"),
}


@pytest.mark.parametrize("value", BAD.values(), ids=BAD)
def test_claims_that_no_token_can_carry_are_a_503(api, alice, settings, caplog, value):
    """At login and refresh; the log names function and user, and the refresh token is as good as before."""
    RETURNED["value"] = {}
    settings.JWTKIT = {"CLAIMS_FUNCTION": f"{__name__}.returned"}
    pair = api.log_in().json()
    before = Session.objects.values().get()
    alice.refresh_from_db()
    last_login, RETURNED["value"] = alice.last_login, value
    answers = [api.log_in(), api.post("/api/token/refresh/", {"refresh": pair["refresh"]})]
    for answer in answers:
        assert (answer.status_code, answer.json()) == (503, {"detail": "Token service is unavailable"})
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("django_jwtkit")]
    blamed = [line for line in ours if f"{__name__}.returned" in line and f"user {alice.pk}" in line]
    assert len(blamed) == len([line for line in ours if "returned" in line]) >= 1
    assert Session.objects.values().get() == before
    alice.refresh_from_db()
    assert alice.last_login == last_login
    RETURNED["value"] = {"own": 1}
    assert api.post("/api/token/refresh/", {"refresh": pair["refresh"]}).status_code == 200


ACCOUNT = [
    ("GET", "/api/sessions/"),
    ("DELETE", "/api/sessions/{sid}/"),
    ("POST", "/api/logout/all/"),
]


@pytest.mark.threat("AUD-001")
@pytest.mark.parametrize(("method", "path"), ACCOUNT, ids=[path for _, path in ACCOUNT])
def test_a_token_for_another_service_does_not_rule_the_account(api, alice, settings, method, path):
    """It is shown neither devices nor addresses, and ends nothing but its own session."""
    settings.JWTKIT = {"AUDIENCE": ["api", "billing"]}
    own, billing = sessions.start(alice), sessions.start(alice, audience="billing")
    where = path.format(sid=tokens.verify(own.access)["sid"])
    refused = api.ask(method, where, b"", billing.access)
    assert (refused.status_code, refused.json()["detail"]) == (401, "Token is invalid")
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
    assert sessions.live(alice).count() == 2
    assert api.get("/api/me/", billing.access).status_code == 200
    assert api.ask(method, where, b"", own.access).status_code in {200, 204}


def test_a_token_for_another_service_ends_its_own_session(api, alice, settings):
    """That is what whoever is shown it may do: log that one login out."""
    settings.JWTKIT = {"AUDIENCE": ["api", "billing"]}
    pair = sessions.start(alice, audience="billing")
    assert api.post("/api/token/verify/", {"token": pair.access}).status_code == 200
    assert api.post("/api/logout/", token=pair.access).status_code == 204
    assert not sessions.live(alice).exists()


def test_a_single_audience_rules_its_account(api, alice, settings):
    """As does the token of a project that names none."""
    for jwtkit in ({"AUDIENCE": "api"}, {"AUDIENCE": ["api"]}, {}):
        settings.JWTKIT = jwtkit
        assert api.get("/api/sessions/", sessions.start(alice).access).status_code == 200
