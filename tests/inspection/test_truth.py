"""A check is called good only if it was made and has passed, wherever the request was refused."""

import pytest
from django.contrib.auth import get_user_model

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.inspection import Outcome, inspect

pytestmark = pytest.mark.django_db


def inactive(alice):
    alice.is_active = False
    alice.save()


def new_password(alice):
    alice.set_password("another pass phrase")
    alice.save()


USERS = {
    "active": lambda alice: None,
    "inactive": inactive,
    "deleted": lambda alice: alice.delete(),
    "of a new password": new_password,
    "logged out": sessions.end_all,
    "inactive and logged out": lambda alice: (sessions.end_all(alice), inactive(alice)),
}
TOKENS = {
    "of a session": lambda world: world.pair.access,
    "without a session": lambda world: tokens.issue(world.alice),
    "of no session that there is": lambda world: world.own(sid="7f8b0e3c-8a5e-4c53-9d4a-1d1f0a3c5b6e"),
    "whose sid is no ID": lambda world: world.own(sid="x"),
    "expired": lambda world: world.own(iat=1, exp=2),
    "refresh": lambda world: world.pair.refresh,
}


@pytest.mark.parametrize("asks", [True, False], ids=["asking", "not asking"])
@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("user", USERS)
def test_a_good_user_is_active_and_a_good_session_lives(world, user, token, asks):
    world.configure(CHECK_SESSION=asks)
    text, key, sid = TOKENS[token](world), world.alice.pk, tokens.verify(world.pair.access)["sid"]
    USERS[user](world.alice)
    inspection = inspect(text)
    good = {check.name for check in inspection.checks if check.outcome is Outcome.GOOD}
    if "user" in good:
        assert get_user_model().objects.get(pk=key).is_active
    if "session" in good:
        assert sessions.Session.objects.get(pk=sid).ended_at is None
    if inspection.is_accepted:
        assert "user" in good


FORGED = "A" * 43


@pytest.mark.parametrize("ring", ["access", "refresh"])
@pytest.mark.parametrize("secret", ["here", "lost"])
def test_a_signature_is_good_only_if_it_was_verified(world, settings, ring, secret):
    texts = {"access": world.own(), "refresh": world.pair.refresh}
    forged = f"{texts[ring].rpartition('.')[0]}.{FORGED}"
    if secret == "lost":
        settings.SECRET_KEY = "another-secret-of-another-host-" * 3
        keys.forget()
    inspection = inspect(forged)
    good = {check.name for check in inspection.checks if check.outcome is Outcome.GOOD}
    assert good & {"signature", "claims", "key use", "times", "user", "session"} == set()
    assert not inspection.is_signed
