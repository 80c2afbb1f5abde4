"""Processes that share a published set: one fetch serves them all, and none refuses a good token."""

import json
import threading
import time

import pytest

from django_jwtkit.errors import UnknownKey
from django_jwtkit.jose import Key, KeySet, remote
from django_jwtkit.jose.remote.fetching import Answer

OLD, NEW = (Key.generate("ES256", kid=kid) for kid in ("old", "new"))
TIMES = remote.Times(refresh_every=600, cooldown=30, timeout=5, max_stale=86400)


class Table:
    """The shared part, as a table keeps it: in this process, behind one lock."""

    def __init__(self):
        self.lock, self.state, self.claimed_at, self.fetching = threading.Lock(), None, None, False

    def read(self):
        return self.state

    def claim(self, at, cooldown):
        with self.lock:
            if self.claimed_at is not None and -60 <= at - self.claimed_at < cooldown:
                return False
            self.claimed_at, self.fetching = at, True
            return True

    def is_fetching(self, at, timeout):
        return self.fetching

    def release(self):
        self.claimed_at = None

    def claim_refresh(self, at, cooldown):
        return True

    def write(self, state):
        self.state, self.fetching = state, False


class Publisher:
    """A set that takes a while to come."""

    def __init__(self):
        self.keys, self.fetches, self.began = [OLD], 0, threading.Event()

    def fetch(self, state):
        self.fetches += 1
        self.began.set()
        time.sleep(0.2)
        body = json.dumps({"keys": [key.public().to_dict() for key in self.keys]}).encode()
        return Answer(body), "https://login.example.com/jwks"


@pytest.fixture
def publisher():
    return Publisher()


@pytest.fixture
def processes(publisher):
    """Two processes that share one table."""
    table = Table()
    return [
        remote.FetchedKeys("issuer", fetch=publisher.fetch, parse=KeySet.from_dict, times=TIMES, shared=table)
        for _ in range(2)
    ]


def ask_while_the_first_fetches(publisher, processes, kid):
    """Have the first process fetch for `kid`, and return what the second one answers meanwhile."""
    publisher.began.clear()
    first, second = processes
    thread = threading.Thread(target=first.find, args=({"alg": "ES256", "kid": kid},))
    thread.start()
    publisher.began.wait()
    try:
        return second.find({"alg": "ES256", "kid": kid})
    finally:
        thread.join()


def test_a_process_that_waited_at_the_start_still_waits_for_a_new_key(publisher, processes):
    """The fetch of another process at a cold start uses up nobody's budget."""
    assert ask_while_the_first_fetches(publisher, processes, "old").kid == "old"
    publisher.keys.append(NEW)
    assert ask_while_the_first_fetches(publisher, processes, "new").kid == "new"
    assert publisher.fetches == 2


@pytest.mark.parametrize("earlier", [0.01, 5.0])
def test_a_request_that_began_earlier_and_comes_later_fetches_nothing(publisher, processes, earlier):
    """Forged key IDs cost one fetch a cooldown, in whatever order threads get their turn."""
    now = time.time()
    for at in (now, now - earlier):
        for process in processes:
            with pytest.raises(UnknownKey):
                process.find({"alg": "ES256", "kid": "forged"}, at)
    assert publisher.fetches == 2  # the cold start, and one for all of them
