"""An event loop, the threads that are started from it, and a user with a token."""

import threading

import pytest
from asgiref.sync import SyncToAsync, async_to_sync
from django.contrib.auth import get_user_model

from django_jwtkit import tokens
from tests.keys.memories import remembered


@pytest.fixture
def alice(db):
    return get_user_model().objects.create_user("alice", password="correct horse")


@pytest.fixture
def text(alice, clock):
    """A token of alice's, which the process has issued: it knows the ring."""
    return tokens.issue(alice)


@pytest.fixture
def in_loop(monkeypatch):
    """Return a function that calls another in a running event loop: its result, and the threads it has taken.

    Those are the calls that were sent to a thread and awaited, and the threads that were started.
    """
    sent, started = [], []
    send, start = SyncToAsync.__call__, threading.Thread.start

    async def count_call(self, *args, **kwargs):
        sent.append(self)
        return await send(self, *args, **kwargs)

    def count_thread(self):
        started.append(self)
        start(self)

    def call(function, *args, **kwargs):
        async def run():
            with monkeypatch.context() as patch:
                patch.setattr(SyncToAsync, "__call__", count_call)
                patch.setattr(threading.Thread, "start", count_thread)
                sent.clear()
                started.clear()
                result = function(*args, **kwargs)
                return await result if hasattr(result, "__await__") else result

        return async_to_sync(run)()

    call.sent, call.started = sent, started
    return call


@pytest.fixture
def reloaded():
    """Return a function that waits for the thread that reads a ring again."""

    def wait(ring="access"):
        thread = remembered(ring).reloading
        if thread is not None:
            thread.join(timeout=20)
            assert not thread.is_alive()

    return wait
