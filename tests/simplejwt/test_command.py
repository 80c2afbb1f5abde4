"""`prune_sessions --end-origin`: for the day on which the old secret has leaked."""

import json

import pytest
from django.core.management import CommandError, call_command

from django_jwtkit import sessions
from django_jwtkit.errors import SessionEnded

pytestmark = pytest.mark.django_db


def test_all_sessions_that_began_with_an_old_token_end(issuer, alice, capsys):
    """Logins of our own go on, and the rows stay until the old tokens have expired."""
    pair, own = sessions.refresh(issuer.refresh(alice)), sessions.start(alice)
    call_command("prune_sessions", "--end-origin", "simplejwt")
    assert "1 session of simplejwt ended." in capsys.readouterr().out
    call_command("prune_sessions", "--end-origin", "simplejwt", "--json")
    assert json.loads(capsys.readouterr().out) == {"ended": 0, "pruned": 0}
    with pytest.raises(SessionEnded):
        sessions.refresh(pair.refresh)
    assert sessions.refresh(own.refresh)


def test_another_origin_is_a_wrong_call():
    """A typing error must not look like a success."""
    with pytest.raises((CommandError, SystemExit)):
        call_command("prune_sessions", "--end-origin", "simplejwd")
