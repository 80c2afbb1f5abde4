"""Raising the longest lifetime that a key may sign for: durably, before such a token is issued."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import override_settings

from django_jwtkit import keys, moments
from django_jwtkit.errors import LifetimeRefused, NoUsableKey
from django_jwtkit.keys import Ring, State
from tests.keys.rotation.overtaken import Overtaken
from tests.keys.rows import key_in

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_a_longer_token_raises_its_keys_longest_lifetime_first():
    """Rule 3: durably, before the token is issued; the key then verifies for that much longer."""
    now = moments.now()
    generation = Ring.objects.get(name="access").generation
    keys.signing_key("access", now=now, lifetime=timedelta(hours=3))
    assert key_in(State.ACTIVE).max_lifetime == timedelta(hours=3)
    assert Ring.objects.get(name="access").generation != generation


@pytest.mark.django_db(transaction=True)
def test_a_longer_token_inside_a_transaction_is_refused():
    """The raise could be rolled back after the token is out; the message names MAX_LIFETIME."""
    with transaction.atomic(), pytest.raises(LifetimeRefused, match="MAX_LIFETIME"):
        keys.signing_key("access", now=moments.now(), lifetime=timedelta(hours=3))


def test_the_next_run_adopts_a_longer_lifetime_of_the_settings():
    """So that the first long token needs no transaction of its own."""
    with override_settings(JWTKIT={"ACCESS_TOKEN_LIFETIME": timedelta(hours=2)}):
        keys.rotate("access")
    assert key_in(State.ACTIVE).max_lifetime == timedelta(hours=2)


def test_a_lifetime_that_others_keep_from_being_raised_is_a_503(monkeypatch):
    """No endless recursion, and no token that its key does not cover."""
    monkeypatch.setattr("django_jwtkit.keys.private_keys.PATIENCE", 0.5)
    others = Overtaken()
    with connection.execute_wrapper(others), pytest.raises(NoUsableKey, match="MAX_LIFETIME"):
        keys.signing_key("access", now=moments.now(), lifetime=timedelta(hours=3))
    assert others.looks < 100
