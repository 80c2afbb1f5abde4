"""The real refresh under every interleaving with another call, on the database of this run.

`-s` prints a row for each: how many interleavings there are, and in how many seconds.
"""

import time
from typing import NamedTuple

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import RequestFactory

from django_jwtkit import sessions, tokens
from django_jwtkit.sessions import Session
from django_jwtkit.sessions.refreshing import turning
from tests.models import FULL, falsified
from tests.models.interleaving import explore
from tests.support.aging import let_pass

pytestmark = [pytest.mark.model, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def alice(db):
    return get_user_model().objects.create_user("alice", password="correct horse")


def client(address="192.0.2.1"):
    return RequestFactory().post("/", REMOTE_ADDR=address, HTTP_USER_AGENT="Firefox")


OWNER, THIEF = client(), client("203.0.113.9")


def counter(text):
    return tokens.verify(text, kind=tokens.REFRESH)["cnt"]


def refresh(text, request=OWNER):
    """A call: the counter that the answer shows."""
    return lambda: counter(sessions.refresh(text, request=request).refresh)


class World(NamedTuple):
    """A session of before, and the tokens that were given for it."""

    row: Session
    texts: list[str]


def world(alice, turns=0, strayed=False):
    """Log in and turn so often; each time a thief comes too, if `strayed`."""
    texts = [sessions.start(alice, request=OWNER).refresh]
    for _ in range(turns):
        texts.append(sessions.refresh(texts[-1], request=OWNER).refresh)
        if strayed:
            sessions.refresh(texts[-1], request=THIEF)
        let_pass()
    return World(Session.objects.latest("created_at"), texts)


def same_token(alice):
    """Two clients with the newest token: one line of descent, and both are served."""
    text = world(alice).texts[0]

    def judge(run, row):
        assert run.answers == [1, 1]
        assert (row.counter, row.ended_at) == (1, None)

    return [refresh(text), refresh(text)], judge


def retry_beside_the_next(alice):
    """A tab that lost its answer retries while another goes on with the token after it."""
    first = world(alice).texts[0]
    second = sessions.refresh(first, request=OWNER).refresh

    def judge(run, row):
        assert run.answers == [1, 1]
        assert (row.counter, row.ended_at) == (1, None)

    return [refresh(first), refresh(second)], judge


def slow_request(alice):
    """One tab refreshes twice, with the grace between; the other's request stands still anywhere.

    Where its token was good when it was looked at first, it is served, and nobody is logged out.
    """
    first = world(alice).texts[0]

    def go_on():
        second = sessions.refresh(first, request=OWNER).refresh
        let_pass()
        return counter(sessions.refresh(second, request=OWNER).refresh)

    def judge(run, row):
        if run.first(0, "SELECT") < run.first(1, "AGE"):
            assert isinstance(run.answers[0], int)
            assert row.ended_at is None
            assert run.answers[1] == row.counter
        else:
            assert row.end_reason in {"", "refresh_reused"}

    return [refresh(first), go_on], judge


def logout(alice):
    """Ended, whatever the order; a refresh that looks after the end is given nothing."""
    before = world(alice)

    def judge(run, row):
        assert row.end_reason == "logout"
        ended, turned = run.first(1, "UPDATE"), run.first(0, "UPDATE")
        assert isinstance(run.answers[0], int) is (turned < ended)
        assert row.counter == (1 if turned < ended else 0)

    return [refresh(before.texts[0]), lambda: sessions.end(before.row.pk)], judge


def logout_everywhere(alice):
    """The same by one UPDATE for all."""
    before = world(alice)

    def judge(run, row):
        assert row.end_reason == "logout_all"
        assert isinstance(run.answers[0], int) is (run.first(0, "UPDATE") < run.first(1, "UPDATE"))

    return [refresh(before.texts[0]), lambda: sessions.end_all(alice)], judge


def shadow(alice):
    """A thief has had two generations in a row: of the third only one of the two is served."""
    text = world(alice, turns=2, strayed=True).texts[-1]

    def judge(run, row):
        assert sorted(run.answers, key=str) == [3, "RefreshReused"]
        assert row.end_reason == "refresh_reused"

    return [refresh(text), refresh(text, THIEF)], judge


def visits(alice):
    """A thief who comes for one generation while the owner fetches the next is counted, in time or late."""
    before = world(alice, turns=1)
    newest = sessions.refresh(before.texts[-1], request=OWNER).refresh

    def go_on():
        let_pass()
        return counter(sessions.refresh(newest, request=OWNER).refresh)

    def judge(run, row):
        assert row.ended_at is None
        if run.answers[0] == row.counter and row.address == "192.0.2.1":
            assert row.stray_counter == row.counter
        assert row.strays == 1

    return [refresh(newest, THIEF), go_on], judge


def three_clients(alice):
    """Three with one token."""
    text = world(alice).texts[0]

    def judge(run, row):
        assert run.answers == [1, 1, 1]
        assert (row.counter, row.ended_at) == (1, None)

    return [refresh(text)] * 3, judge


SCENARIOS = [
    same_token,
    retry_beside_the_next,
    slow_request,
    logout,
    logout_everywhere,
    shadow,
    visits,
    pytest.param(three_clients, marks=pytest.mark.skipif(not FULL, reason="needs JWTKIT_MODELS=full")),
]


def play(scenario, alice):
    """Judge every interleaving; return how many there were."""
    count = 0
    judges = []

    def make():
        Session.objects.all().delete()
        calls, judge = scenario(alice)
        judges.append(judge)
        return calls

    for run in explore(make):
        try:
            judges[-1](run, Session.objects.get())
        except AssertionError as error:
            raise AssertionError(f"{scenario.__name__}: {run}") from error
        count += 1
    return count


@pytest.mark.threat("RFR-002", "RFR-003", "RFR-004", "RFR-022")
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_interleaving_keeps_the_promises(scenario, alice):
    """Nobody in time is logged out, one line of descent, nothing after an end."""
    began = time.perf_counter()
    count = play(scenario, alice)
    seconds = time.perf_counter() - began
    print(f"\n{scenario.__name__:<24} {connection.vendor:<11} {count:>5} interleavings {seconds:>7.1f} s")
    assert count > 1


FALSIFIED = [
    ("judge", falsified.restless, retry_beside_the_next),
    ("judge", falsified.strict, same_token),
    ("note_stray", falsified.lose_note, visits),
    ("_move", falsified.fork, slow_request),
    ("_move", falsified.revive, logout),
]


@pytest.mark.parametrize(
    ("name", "fault", "scenario"), FALSIFIED, ids=lambda value: getattr(value, "__name__", value)
)
def test_a_falsified_refresh_fails(name, fault, scenario, alice, monkeypatch):
    """Each fault is detected by the exploration that is there for it."""
    monkeypatch.setattr(turning, name, fault)
    with pytest.raises(AssertionError, match=scenario.__name__):
        play(scenario, alice)
