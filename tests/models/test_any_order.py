"""Clients, a thief, lost and late answers, a logout and a clock that jumps, in any order: the real refresh.

Hypothesis chooses the order; `now` stands for the database's clock. The interleavings inside of a request are
those of `test_interleavings`.
"""

from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.contrib.auth import get_user_model
from django.test import RequestFactory
from hypothesis import Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from django_jwtkit import keys, sessions, tokens
from django_jwtkit.errors import NotYetValid, RefreshReused, SessionEnded
from django_jwtkit.sessions import Session
from django_jwtkit.sessions.refreshing import turning
from tests.models import FULL, falsified

pytestmark = [pytest.mark.model, pytest.mark.django_db]
SECOND, GRACE, SKEW = timedelta(seconds=1), timedelta(seconds=10), timedelta(seconds=60)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CLIENTS = 10
HOME, HOME_6, THIEF = "192.0.2.1", "2001:db8::1", "203.0.113.9"


class Token(NamedTuple):
    text: str
    counter: int
    issued: Any  # by the database's clock


class Sent(NamedTuple):
    """An answer on its way to its client."""

    client: int
    token: Token


class Refreshing(RuleBasedStateMachine):
    """One session, the holders of its tokens, and what must be true of every answer."""

    def __init__(self):
        super().__init__()
        Session.objects.all().delete()
        user = get_user_model().objects.get()
        self.now = keys.now() + 3 * HOUR  # no key was made later than the earliest of all moments
        first = sessions.start(user, request=self.request(HOME), now=self.now).refresh
        token = Token(first, 0, self.now)
        self.jars = [token] * CLIENTS
        self.tokens = [token]
        self.on_their_way = []
        self.loot = None
        self.counter, self.turned_at, self.turned_by = 0, None, HOME
        self.addresses = {}  # counter: the addresses that were given it
        self.ended = False

    @staticmethod
    def request(address):
        return RequestFactory().post("/", REMOTE_ADDR=address, HTTP_USER_AGENT="Firefox")

    def present(self, token, address):
        """Refresh, and hold the answer against what the documents promise; return the new token or None."""
        expected = self.expect(token, address)
        try:
            text = sessions.refresh(token.text, request=self.request(address), now=self.now).refresh
        except NotYetValid:
            assert expected == "not yet"
            return None
        except RefreshReused:
            assert expected in {"reuse", "strays"}
            self.ended = True
            return None
        except SessionEnded:
            assert expected == "ended"
            return None
        counter = tokens.verify(text, kind=tokens.REFRESH, now=self.now)["cnt"]
        assert expected == "turn" if counter == self.counter + 1 else expected == "repeat"
        if expected == "turn":
            self.counter, self.turned_at, self.turned_by = counter, self.now, address
        self.addresses.setdefault(counter, set()).add(address)
        self.tokens.append(Token(text, counter, self.now))
        return self.tokens[-1]

    def expect(self, token, address):
        if token.issued - self.now > SKEW:
            return "not yet"
        if self.ended:
            return "ended"
        young = self.turned_at is not None and self.now - self.turned_at < GRACE
        if token.counter == self.counter and not young:
            return "turn"
        if token.counter < self.counter - 1 or (token.counter < self.counter and not young):
            return "reuse"
        shared = [address != self.turned_by or self.is_shared(self.counter)]
        shared += [self.is_shared(self.counter - back) for back in (1, 2)]
        return "strays" if all(shared) else "repeat"

    def is_shared(self, counter):
        return len(self.addresses.get(counter, ())) > 1

    @rule(seconds=st.sampled_from([0, 0.5, 1, 3, 9, 9.999, 10, 11, 60, 300, 3600]))
    def time_passes(self, seconds):
        self.now += seconds * SECOND

    @rule(hours=st.sampled_from([-1, 1]))
    @precondition(lambda self: abs(self.now - self.tokens[0].issued) < 20 * HOUR)
    def the_clock_jumps(self, hours):
        self.now = max(self.now + hours * HOUR, self.tokens[0].issued - HOUR)

    @rule(client=st.integers(0, CLIENTS - 1), address=st.sampled_from([HOME, HOME, HOME_6]))
    def a_client_refreshes(self, client, address):
        token = self.present(self.jars[client], address)
        if token is not None:
            self.on_their_way.append(Sent(client, token))

    @rule(client=st.integers(0, CLIENTS - 1))
    def all_clients_refresh_at_once(self, client):
        """Ten with what one of them has: the usual storm after a wake-up."""
        token_shown = self.jars[client]
        for each in range(CLIENTS):
            token = self.present(token_shown, HOME)
            if token is not None:
                self.on_their_way.append(Sent(each, token))

    @rule(data=st.data(), shared=st.booleans())
    @precondition(lambda self: self.on_their_way)
    def an_answer_comes(self, data, shared):
        """In any order; into one jar, or into the one that all tabs share."""
        sent = self.on_their_way.pop(data.draw(st.integers(0, len(self.on_their_way) - 1)))
        if shared:
            self.jars = [sent.token] * CLIENTS
        else:
            self.jars[sent.client] = sent.token

    @rule()
    @precondition(lambda self: self.on_their_way)
    def an_answer_is_lost(self):
        self.on_their_way.pop(0)

    @rule(data=st.data(), address=st.sampled_from([HOME, THIEF]))
    def any_token_comes_again(self, data, address):
        self.present(data.draw(st.sampled_from(self.tokens)), address)

    @rule(data=st.data())
    def a_thief_copies_a_jar(self, data):
        self.loot = self.jars[data.draw(st.integers(0, CLIENTS - 1))]

    @rule(address=st.sampled_from([HOME, THIEF]))
    @precondition(lambda self: self.loot is not None)
    def the_thief_refreshes(self, address):
        token = self.present(self.loot, address)
        if token is not None:
            self.loot = token

    @rule(thief_first=st.booleans(), address=st.sampled_from([HOME_6, THIEF]))
    def a_generation_is_shared(self, thief_first, address):
        """A thief on the owner's heels, or an owner with two addresses: no rule can tell them apart."""
        self.now += MINUTE
        newest = max(self.tokens, key=lambda token: token.counter)
        for each in (address, HOME) if thief_first else (HOME, address):
            self.present(newest, each)

    @rule()
    @precondition(lambda self: len(self.tokens) > 4)
    def the_session_is_ended(self):
        sessions.end(Session.objects.get().pk, now=self.now)
        self.ended = True

    @invariant()
    def the_row_agrees(self):
        """One line of descent, and no life after an end."""
        row = Session.objects.get()
        assert (row.counter, row.ended_at is not None) == (self.counter, self.ended)

    @invariant()
    def no_third_generation_is_shared(self):
        in_a_row = 0
        for counter in range(1, self.counter + 1):
            in_a_row = in_a_row + 1 if self.is_shared(counter) else 0
            assert in_a_row < 3


@pytest.fixture
def alice(db):
    return get_user_model().objects.create(username="alice")


@pytest.mark.threat("RFR-001", "RFR-002", "RFR-003", "RFR-011", "RFR-017")
def test_every_order_keeps_the_promises(alice):
    """A client in time is served, a late one is detected, and nothing else happens."""
    settings = hypothesis_settings(
        max_examples=400 if FULL else 20, stateful_step_count=50 if FULL else 30, deadline=None
    )
    run_state_machine_as_test(Refreshing, settings=settings)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        pytest.param(
            "judge",
            falsified.restless,
            marks=pytest.mark.skipif(not FULL, reason="needs JWTKIT_MODELS=full: a rare order"),
        ),
        ("judge", falsified.strict),
        ("judge", falsified.lenient),
        ("is_stray", falsified.never_stray),
    ],
)
def test_a_falsified_refresh_fails(alice, monkeypatch, name, fault):
    """Without one of the rules some order does not."""
    monkeypatch.setattr(turning, name, fault)
    settings = hypothesis_settings(
        max_examples=500, stateful_step_count=40, deadline=None, database=None, phases=[Phase.generate]
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Refreshing, settings=settings)
